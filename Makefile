# libappbase and its supervisor.  Hand-written; config.mk comes from configure.
#
#   make            everything          make check     units and black-box tests
#   make install    DESTDIR, prefix     make lint      style, layering, analysers
#   make fuzz       short fuzz runs     make bench     figures beside real peers
#   make dist       release tarball     make coverage  line coverage of check
#   make check SANITIZE=address,undefined     make check VALGRIND=1

all:

ifeq ($(filter clean distclean,$(MAKECMDGOALS)),)
-include config.mk
endif

# Sanitizer builds live beside the normal one, never over it.
comma := ,
B ?= build$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))$(if $(COVERAGE),-coverage)

WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wvla -Wformat=2 -Wundef
STD = -std=c11 -D_GNU_SOURCE -fvisibility=hidden -fPIC
SAN = $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer \
	-fno-sanitize-recover=undefined)
COV = $(if $(COVERAGE),--coverage -O0)
ALL_CPPFLAGS = -I. -Iinclude $(CPPFLAGS) $(BSD_CFLAGS)
ALL_CFLAGS = $(STD) $(WARN) $(if $(WERROR),-Werror) $(CFLAGS) $(SAN) $(COV)
ALL_LDFLAGS = $(LDFLAGS) $(SAN) $(COV)

ENGINE_CFLAGS = $(EVENT_CFLAGS) $(EXPAT_CFLAGS) $(JANSSON_CFLAGS) $(MD_CFLAGS)
ENGINE_LIBS = $(EVENT_LIBS) $(EXPAT_LIBS) $(JANSSON_LIBS) $(CRYPT_LIBS) \
	$(MD_LIBS) $(BSD_LIBS) $(LIBS)
CTL_LIBS = $(CURL_LIBS) $(EXPAT_LIBS) $(JANSSON_LIBS) $(EDIT_LIBS) \
	$(MD_LIBS) $(BSD_LIBS) $(LIBS)
LIB_LIBS = $(BSD_LIBS) $(LIBS)

objs = $(patsubst %.c,$(B)/%.o,$(sort $(1)))

LIB_OBJ := $(call objs,$(wildcard libappbase/*.c))
COMMON_OBJ := $(call objs,$(wildcard common/*.c))
SUPD_OBJ := $(call objs,$(wildcard supervisord/*/*.c))
SUPD_MAIN := $(call objs,$(wildcard supervisord/*.c))
CTL_OBJ := $(call objs,$(filter-out supervisorctl/main.c \
	supervisorctl/pidproxy.c supervisorctl/echo_supervisord_conf.c, \
	$(wildcard supervisorctl/*.c)))

LIBS_STATIC = $(B)/libappbase-internal.a
ENGINE_ARCHIVE = $(B)/supervisord.a
CTL_ARCHIVE = $(B)/supervisorctl.a
COMMON_ARCHIVE = $(B)/common.a

prog = $(if $(wildcard $(1)),$(B)/$(2))
PROGRAMS := $(call prog,supervisord/main.c,bin/supervisord) \
	$(call prog,supervisorctl/main.c,bin/supervisorctl) \
	$(call prog,supervisorctl/pidproxy.c,bin/pidproxy) \
	$(call prog,supervisorctl/echo_supervisord_conf.c,bin/echo_supervisord_conf)

EXAMPLES := $(patsubst %.c,$(B)/%,$(wildcard examples/*.c)) \
	$(if $(CXX),$(patsubst %.cc,$(B)/%,$(wildcard examples/*.cc)))
CHILDREN := $(patsubst %.c,$(B)/%,$(wildcard t/child/*.c))
UNITS := $(patsubst %.c,$(B)/%,$(wildcard t/unit/test_*.c))
BENCHES := $(patsubst %.c,$(B)/%,$(wildcard bench/*.c))

ABI = 0
SHARED = $(B)/libappbase.so.$(ABI)

all: $(B)/libappbase.a $(SHARED) $(PROGRAMS) $(EXAMPLES)

# A checkout needs nobody to remember autoconf.
configure: configure.ac
	autoreconf -f
config.mk: config.mk.in configure
	./configure $(CONFIGURE_ARGS)
config.h: config.mk

$(B)/%.o: %.c config.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $($(firstword $(subst /, ,$*))_CPPFLAGS) \
	    $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

common_CPPFLAGS = $(ENGINE_CFLAGS)
supervisord_CPPFLAGS = $(ENGINE_CFLAGS)
supervisorctl_CPPFLAGS = $(CURL_CFLAGS) $(EDIT_CFLAGS) $(JANSSON_CFLAGS) \
	$(EXPAT_CFLAGS)
t_CPPFLAGS = $(CHECK_CFLAGS) $(ENGINE_CFLAGS) $(CURL_CFLAGS) $(EDIT_CFLAGS)
examples_CPPFLAGS = $(EVENT_CFLAGS)
bench_CPPFLAGS = $(ENGINE_CFLAGS)

# The library.  Inside the project everything links the plain objects; what is
# installed has its hidden symbols made local.
$(LIBS_STATIC): $(LIB_OBJ)
$(COMMON_ARCHIVE): $(COMMON_OBJ)
$(ENGINE_ARCHIVE): $(SUPD_OBJ)
$(CTL_ARCHIVE): $(CTL_OBJ)
$(LIBS_STATIC) $(COMMON_ARCHIVE) $(ENGINE_ARCHIVE) $(CTL_ARCHIVE):
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rc $@ $^

$(B)/libappbase.a: $(LIB_OBJ)
	@rm -f $@
	$(LD) -r -o $(B)/appbase-all.o $^
	$(OBJCOPY) --localize-hidden $(B)/appbase-all.o
	$(AR) rc $@ $(B)/appbase-all.o

$(SHARED): $(LIB_OBJ) libappbase/libappbase.map
	$(CC) -shared -Wl,-soname,$(@F) \
	    -Wl,--version-script,libappbase/libappbase.map \
	    $(ALL_LDFLAGS) -o $@ $(LIB_OBJ) $(LIB_LIBS)
	ln -sf $(@F) $(B)/libappbase.so

# Programs.
link = @mkdir -p $(@D); $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^)

$(B)/bin/supervisord: $(SUPD_MAIN) $(ENGINE_ARCHIVE) $(COMMON_ARCHIVE) $(LIBS_STATIC)
	$(link) $(ENGINE_LIBS)
$(B)/bin/supervisorctl: $(B)/supervisorctl/main.o $(CTL_ARCHIVE) $(COMMON_ARCHIVE) $(LIBS_STATIC)
	$(link) $(CTL_LIBS)
$(B)/bin/pidproxy: $(B)/supervisorctl/pidproxy.o $(COMMON_ARCHIVE) $(LIBS_STATIC)
	$(link) $(LIB_LIBS)
$(B)/bin/echo_supervisord_conf: $(B)/supervisorctl/echo_supervisord_conf.o $(ENGINE_ARCHIVE) $(COMMON_ARCHIVE) $(LIBS_STATIC)
	$(link) $(ENGINE_LIBS)

# Examples use only what is installed: the public archive and headers.
$(B)/examples/%: $(B)/examples/%.o $(B)/libappbase.a
	$(link) $(EVENT_LIBS) $(LIB_LIBS)
$(B)/examples/%: examples/%.cc $(B)/libappbase.a
	@mkdir -p $(@D)
	$(CXX) -Iinclude $(CXXFLAGS) $(SAN) -o $@ $< $(B)/libappbase.a \
	    $(ALL_LDFLAGS) $(LIB_LIBS)
$(B)/t/child/%: $(B)/t/child/%.o $(LIBS_STATIC)
	$(link) $(LIB_LIBS)
$(B)/bench/%: $(B)/bench/%.o $(LIBS_STATIC)
	$(link) $(LIB_LIBS)

$(B)/t/unit/%: $(B)/t/unit/%.o $(CTL_ARCHIVE) $(ENGINE_ARCHIVE) $(COMMON_ARCHIVE) $(LIBS_STATIC)
	$(link) $(CHECK_LIBS) $(ENGINE_LIBS) $(CTL_LIBS)

units: $(UNITS)
children: $(CHILDREN)

PROVE = prove
PROVE_FLAGS = --merge --timer -j2
TESTS ?= $(UNITS) $(wildcard t/run/*.t)
check: all $(UNITS) $(CHILDREN)
	BUILD_DIR=$(abspath $(B)) SRC_DIR=$(CURDIR) CK_TAP_LOG_FILE_NAME=- \
	    CK_VERBOSITY=silent SANITIZE='$(SANITIZE)' VALGRIND='$(VALGRIND)' \
	    $(PROVE) $(PROVE_FLAGS) --exec 't/lib/run-test' $(TESTS)

clean:
	rm -rf build build-*
distclean: clean
	rm -rf autom4te.cache config.h config.h.in config.mk config.log \
	    config.status configure

.PHONY: all units children check clean distclean
.SECONDARY:
.DELETE_ON_ERROR:

-include $(patsubst %.o,%.d,$(LIB_OBJ) $(COMMON_OBJ) $(SUPD_OBJ) $(SUPD_MAIN) $(CTL_OBJ))
-include $(wildcard $(B)/t/*/*.d $(B)/examples/*.d $(B)/bench/*.d $(B)/supervisorctl/*.d)
