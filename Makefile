# libappbase and its supervisor.  Hand-written; config.mk comes from configure.
#
#   make                everything, into build/
#   make check          unit and black-box tests
#   make check SANITIZE=address,undefined
#   make check VALGRIND=1
#   make check TESTS='build/t/unit/test_fd t/run/keep.t'
#   make lint           layering, style, analysers
#   make fuzz           short fuzz runs; FUZZ_SECONDS=600 for long ones
#   make bench          figures beside real peers
#   make coverage       which lines the tests reach
#   make install        DESTDIR, prefix and --program-prefix are honoured
#   make uninstall
#   make dist           release tarball; distcheck builds and tests from it

all:

ifeq ($(filter clean distclean help,$(MAKECMDGOALS)),)
-include config.mk
endif

# Other kinds of build live beside the normal one, never over it.
comma := ,
B ?= build$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))$(if $(COVERAGE),-coverage)

WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wvla -Wformat=2 -Wundef
STD = -std=c11 -D_GNU_SOURCE -fvisibility=hidden -fPIC
HARDEN = -fstack-protector-strong
SAN = $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer \
	-fno-sanitize-recover=undefined)
COV = $(if $(COVERAGE),--coverage -O0)
ALL_CPPFLAGS = -I. -Iinclude $(CPPFLAGS) $(BSD_CFLAGS)
ALL_CFLAGS = $(STD) $(WARN) $(HARDEN) $(if $(WERROR),-Werror) $(CFLAGS) \
	$(SAN) $(COV)
ALL_LDFLAGS = $(LD_AS_NEEDED) $(LD_RELRO) $(LDFLAGS) $(SAN) $(COV)

ENGINE_CFLAGS = $(EVENT_CFLAGS) $(TLS_CFLAGS) $(EXPAT_CFLAGS) $(JANSSON_CFLAGS) $(MD_CFLAGS)
ENGINE_LIBS = $(EVENT_LIBS) $(TLS_LIBS) $(EXPAT_LIBS) $(JANSSON_LIBS) $(CRYPT_LIBS) \
	$(MD_LIBS) $(BSD_LIBS) $(LIBS)
CTL_LIBS = $(CURL_LIBS) $(EXPAT_LIBS) $(JANSSON_LIBS) $(EDIT_LIBS) \
	$(MD_LIBS) $(BSD_LIBS) $(LIBS)
LIB_LIBS = $(BSD_LIBS) $(LIBS)

# Sources are picked up by where they are.
objs = $(patsubst %.c,$(B)/%.o,$(sort $(1)))
bins = $(patsubst %.c,$(B)/%,$(sort $(wildcard $(1))))
prog = $(if $(wildcard $(1)),$(B)/bin/$(basename $(notdir $(2))))

CTL_MAINS = supervisorctl/main.c supervisorctl/pidproxy.c \
	supervisorctl/echo_supervisord_conf.c
LIB_OBJ := $(call objs,$(wildcard libappbase/*.c))
COMMON_OBJ := $(call objs,$(wildcard common/*.c))
SUPD_OBJ := $(call objs,$(wildcard supervisord/*/*.c)) \
	$(B)/supervisord/web/embedded.o
SUPD_MAIN := $(call objs,$(wildcard supervisord/*.c))
CTL_OBJ := $(call objs,$(filter-out $(CTL_MAINS),$(wildcard supervisorctl/*.c)))

PROGRAMS := $(call prog,supervisord/main.c,supervisord) \
	$(call prog,supervisorctl/main.c,supervisorctl) \
	$(call prog,supervisorctl/pidproxy.c,pidproxy) \
	$(call prog,supervisorctl/echo_supervisord_conf.c,echo_supervisord_conf)
EXAMPLES := $(filter-out $(if $(HAVE_UV),,$(B)/examples/uvloop), \
	$(call bins,examples/*.c)) \
	$(if $(CXX),$(patsubst %.cc,$(B)/%,$(wildcard examples/*.cc)))
CHILDREN := $(call bins,t/child/*.c)
UNITS := $(call bins,t/unit/test_*.c)
BENCHES := $(call bins,bench/*.c)
FUZZERS := $(call bins,t/fuzz/fuzz_*.c)
REPLAYS := $(patsubst $(B)/t/fuzz/fuzz_%,$(B)/t/fuzz/replay_%,$(FUZZERS))

# Inside the project everything links the plain objects; what is installed has
# its hidden symbols made local.
LIBS_STATIC = $(B)/libappbase-internal.a
COMMON_ARCHIVE = $(B)/common.a
ENGINE_ARCHIVE = $(B)/supervisord.a
CTL_ARCHIVE = $(B)/supervisorctl.a
PUBLIC = $(B)/libappbase.a

# libappbase.so.ABI.MINOR.PATCH; ABI is APPBASE_ABI of appbase/api.h.
ABI = 0
SONAME = libappbase.so.$(ABI)
SHARED_FILE = libappbase.so.$(ABI).$(PACKAGE_VERSION:0.%=%)
SHARED = $(if $(HAVE_SHARED),$(B)/$(SHARED_FILE))

all: $(PUBLIC) $(SHARED) $(PROGRAMS) $(EXAMPLES)

# A checkout needs nobody to remember autoconf; a tarball has configure.
AUTOCONF = autoconf
AUTOHEADER = autoheader
configure: configure.ac
	$(AUTOCONF) -f
	$(AUTOHEADER) -f
config.mk: config.mk.in configure
	./configure $(CONFIGURE_ARGS)
config.h: config.mk
	@test -f $@ || ./config.status $@

$(B)/%.o: %.c config.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $($(firstword $(subst /, ,$*))_CPPFLAGS) \
	    $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The web page's files become part of the program.
WEB_ASSETS = $(sort $(wildcard supervisord/web/assets/*))
$(B)/supervisord/web/embedded.c: supervisord/web/embed $(WEB_ASSETS)
	@mkdir -p $(@D)
	supervisord/web/embed $(WEB_ASSETS) >$@
$(B)/supervisord/web/embedded.o: $(B)/supervisord/web/embedded.c config.h
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

common_CPPFLAGS = $(ENGINE_CFLAGS)
supervisord_CPPFLAGS = $(ENGINE_CFLAGS)
supervisorctl_CPPFLAGS = $(CURL_CFLAGS) $(EDIT_CFLAGS) $(JANSSON_CFLAGS) \
	$(EXPAT_CFLAGS)
t_CPPFLAGS = $(CHECK_CFLAGS) $(ENGINE_CFLAGS) $(CURL_CFLAGS) $(EDIT_CFLAGS)
examples_CPPFLAGS = $(EVENT_CFLAGS) $(UV_CFLAGS)
bench_CPPFLAGS = $(ENGINE_CFLAGS)

$(LIBS_STATIC): $(LIB_OBJ)
$(COMMON_ARCHIVE): $(COMMON_OBJ)
$(ENGINE_ARCHIVE): $(SUPD_OBJ)
$(CTL_ARCHIVE): $(CTL_OBJ)
$(LIBS_STATIC) $(COMMON_ARCHIVE) $(ENGINE_ARCHIVE) $(CTL_ARCHIVE):
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rc $@ $^

$(PUBLIC): $(LIB_OBJ)
	@rm -f $@
	$(LD) -r -o $(B)/appbase-all.o $^
	$(OBJCOPY) --localize-hidden $(B)/appbase-all.o
	$(AR) rc $@ $(B)/appbase-all.o

$(B)/$(SHARED_FILE): $(LIB_OBJ) libappbase/libappbase.map
	$(CC) -shared -Wl,-soname,$(SONAME) \
	    -Wl,--version-script,libappbase/libappbase.map \
	    $(ALL_LDFLAGS) -o $@ $(LIB_OBJ) $(LIB_LIBS)
	ln -sf $(SHARED_FILE) $(B)/$(SONAME)
	ln -sf $(SONAME) $(B)/libappbase.so

# Programs.
link = @mkdir -p $(@D); $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^)
INTERNAL = $(COMMON_ARCHIVE) $(LIBS_STATIC)

$(B)/bin/supervisord: $(SUPD_MAIN) $(ENGINE_ARCHIVE) $(INTERNAL)
	$(link) $(ENGINE_LIBS)
$(B)/bin/supervisorctl: $(B)/supervisorctl/main.o $(CTL_ARCHIVE) $(INTERNAL)
	$(link) $(CTL_LIBS)
$(B)/bin/pidproxy: $(B)/supervisorctl/pidproxy.o $(INTERNAL)
	$(link) $(LIB_LIBS)
$(B)/bin/echo_supervisord_conf: $(B)/supervisorctl/echo_supervisord_conf.o \
    $(ENGINE_ARCHIVE) $(INTERNAL)
	$(link) $(ENGINE_LIBS)

# Examples use only what is installed: the public archive and headers.
$(B)/examples/%: $(B)/examples/%.o $(PUBLIC)
	$(link) $(EVENT_LIBS) $(UV_LIBS) $(LIB_LIBS)
$(B)/examples/%: examples/%.cc $(PUBLIC)
	@mkdir -p $(@D)
	$(CXX) -Iinclude $(CXXFLAGS) $(SAN) $(COV) -o $@ $< $(PUBLIC) \
	    $(ALL_LDFLAGS) $(LIB_LIBS)
# For LD_PRELOAD, not to be run.
$(B)/t/child/clockshim: $(B)/t/child/clockshim.o
	$(CC) -shared -o $@ $<
$(B)/t/child/%: $(B)/t/child/%.o $(LIBS_STATIC)
	$(link) $(LIB_LIBS)
$(B)/t/child/confdump: $(B)/t/child/confdump.o $(ENGINE_ARCHIVE) $(INTERNAL)
	$(link) $(ENGINE_LIBS)
$(B)/t/child/mantables: $(B)/t/child/mantables.o $(CTL_ARCHIVE) \
    $(ENGINE_ARCHIVE) $(INTERNAL)
	$(link) $(ENGINE_LIBS) $(CTL_LIBS)
$(B)/bench/%: $(B)/bench/%.o $(LIBS_STATIC)
	$(link) $(LIB_LIBS)

# Tests.
ARCHIVES = $(CTL_ARCHIVE) $(ENGINE_ARCHIVE) $(INTERNAL)
$(B)/t/unit/%: $(B)/t/unit/%.o $(ARCHIVES)
	$(link) $(CHECK_LIBS) $(ENGINE_LIBS) $(CTL_LIBS)
$(B)/t/fuzz/fuzz_%: $(B)/t/fuzz/fuzz_%.o $(ARCHIVES)
	$(link) -fsanitize=fuzzer $(ENGINE_LIBS) $(CTL_LIBS)
$(B)/t/fuzz/replay_%: $(B)/t/fuzz/fuzz_%.o $(B)/t/fuzz/replay.o $(ARCHIVES)
	$(link) $(ENGINE_LIBS) $(CTL_LIBS)

units: $(UNITS)
children: $(CHILDREN)
replays: $(REPLAYS)
fuzzers: $(FUZZERS)
benches: $(BENCHES)

PROVE = prove
PROVE_JOBS = 2
TESTS ?= $(UNITS) $(REPLAYS) $(sort $(wildcard t/run/*.t t/compat/*.t \
	t/browser/*.t))
TEST_LOGS = $(abspath $(B))/t/log
TEST_ENV = BUILD_DIR='$(abspath $(B))' SRC_DIR='$(CURDIR)' \
	TEST_LOGS='$(TEST_LOGS)' SANITIZE='$(SANITIZE)' VALGRIND='$(VALGRIND)'

# $(call prove,COMMAND,TESTS): one prove run; the output of what failed follows
# its summary.
define prove
	@rm -rf $(TEST_LOGS); mkdir -p $(TEST_LOGS)
	@$(TEST_ENV) $(PROVE) --merge --timer -j$(PROVE_JOBS) --exec '$(1)' $(2); \
	rc=$$?; t/lib/tap-report $(TEST_LOGS) || rc=1; exit $$rc
endef

check: check-ready all $(UNITS) $(REPLAYS) $(CHILDREN)
	$(call prove,t/lib/run-test,$(TESTS))
check-ready:
	@test -n '$(HAVE_CHECK)' || { echo 'make check: the Check library is' \
	    'missing; run ./bootstrap check, or install it and ./configure' \
	    >&2; exit 1; }
	@test -n '$(strip $(UNITS))' || { echo 'make check: no unit tests in' \
	    't/unit' >&2; exit 1; }
	@command -v $(PROVE) >/dev/null || { echo 'make check: prove (of perl)' \
	    'is missing; run ./bootstrap check' >&2; exit 1; }

# LINTS='t/lint/sizes' runs one of them.
LINTS ?= $(sort $(filter-out %.awk %.py,$(wildcard t/lint/*)))
LINT_ENV = CC='$(CC)' CXX='$(CXX)' NM='$(NM)' LIBRARY='$(SHARED)' \
	ARCHIVE='$(PUBLIC)' FLAGS='$(strip -std=c11 -D_GNU_SOURCE \
	$(ALL_CPPFLAGS) $(t_CPPFLAGS))'
lint: all $(B)/t/child/mantables
	@$(MAKE) --no-print-directory lint-run B=$(B)
lint-run: TEST_LOGS = $(abspath $(B))/t/lint-log
lint-run: TEST_ENV += $(LINT_ENV)
lint-run:
	$(call prove,t/lib/run-lint,$(LINTS))

format:
	$(or $(CLANG_FORMAT),clang-format) -i $$(git ls-files '*.c')

FUZZ_SECONDS = 10
FUZZ_B = build-fuzz
fuzz: config.h
	@test -n '$(FUZZERS)' || { echo 'make fuzz: no targets in t/fuzz' >&2; \
	    exit 1; }
	$(MAKE) CC=clang B=$(FUZZ_B) COVERAGE= LD_RELRO= \
	    SANITIZE=fuzzer-no-link,address,undefined fuzzers
	@$(MAKE) --no-print-directory B=$(FUZZ_B) fuzz-run
fuzz-run: TEST_LOGS = $(abspath $(B))/t/fuzz-log
fuzz-run: TEST_ENV += FUZZ_SECONDS='$(FUZZ_SECONDS)'
fuzz-run:
	$(call prove,t/lib/run-fuzz,$(FUZZERS))

coverage:
	$(MAKE) check COVERAGE=1
	t/lib/coverage build-coverage

bench: all $(BENCHES) $(CHILDREN)
	@test -x bench/run || { echo 'make bench: bench/run is missing' >&2; \
	    exit 1; }
	BUILD_DIR='$(abspath $(B))' SRC_DIR='$(CURDIR)' bench/run

# Installation.  Pages of the installed programs take the programs' prefix.
INSTALL = install
DOCS = $(wildcard README.md CHANGES.md COPYING)
SAMPLE = supervisord.conf.sample
HEADERS = $(wildcard include/appbase/*.h)
MANPAGES = $(wildcard man/*.[1-8])
PROGRAM_PAGES = supervisord.8 supervisorctl.1 supervisord.conf.5 pidproxy.1 \
	echo_supervisord_conf.1
# Completion of supervisorctl, where each shell looks for it.
COMPLETIONS = $(wildcard supervisorctl/completion/*)
completion_to = $(datadir)/$(strip \
	$(if $(filter %.bash,$(1)),bash-completion/completions/supervisorctl) \
	$(if $(filter %.fish,$(1)),fish/vendor_completions.d/supervisorctl.fish) \
	$(if $(filter %/_supervisorctl,$(1)),zsh/site-functions/_supervisorctl))
renamed = `echo $(1) | sed '$(program_transform_name)'`
man_name = $(if $(filter $(PROGRAM_PAGES),$(notdir $(1))),$(call \
	renamed,$(notdir $(1))),$(notdir $(1)))
# A page of section 3 is found under each name it documents.
define each_link
	for page in $(wildcard man/*.3); do \
	    for name in `sed -n '/^\.Sh NAME/,/^\.Nd/s/^\.Nm \([a-z0-9_]*\).*/\1/p' \
	    $$page`; do \
		test -e man/$$name.3 || $(1); \
	    done; \
	done
endef
MAN3 = $(DESTDIR)$(mandir)/man3
man_dir = $(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(1)))

# Made anew each time: the prefix may come with `make install`.
$(B)/appbase.pc: libappbase/appbase.pc.in config.mk always
	@mkdir -p $(@D)
	sed -e 's|@prefix@|$(prefix)|' -e 's|@exec_prefix@|$(exec_prefix)|' \
	    -e 's|@libdir@|$(libdir)|' -e 's|@includedir@|$(includedir)|' \
	    -e 's|@VERSION@|$(PACKAGE_VERSION)|' \
	    -e 's|@LIBS@|$(BSD_STATIC_LIBS) $(LIBS)|' $< >$@

install: all $(B)/appbase.pc
	$(INSTALL) -d '$(DESTDIR)$(includedir)/appbase' '$(DESTDIR)$(docdir)' \
	    '$(DESTDIR)$(libdir)/pkgconfig' '$(DESTDIR)$(bindir)'
	$(INSTALL) -m 644 include/appbase.h '$(DESTDIR)$(includedir)'
	$(INSTALL) -m 644 $(HEADERS) '$(DESTDIR)$(includedir)/appbase'
	$(INSTALL) -m 644 $(PUBLIC) '$(DESTDIR)$(libdir)'
	$(INSTALL) -m 644 $(B)/appbase.pc '$(DESTDIR)$(libdir)/pkgconfig'
ifneq ($(HAVE_SHARED),)
	$(INSTALL) -m 755 $(SHARED) '$(DESTDIR)$(libdir)'
	ln -sf $(SHARED_FILE) '$(DESTDIR)$(libdir)/$(SONAME)'
	ln -sf $(SONAME) '$(DESTDIR)$(libdir)/libappbase.so'
	@# The run-time linker has a list of libraries; a package has its own way.
	-@case '$(DESTDIR)$(libdir)'-`uname -s`-`id -u` in \
	    /usr/*-Linux-0) ldconfig ;; esac
endif
	$(foreach p,$(PROGRAMS),$(INSTALL) -m 755 $(p) \
	    "$(DESTDIR)$(bindir)/$(call renamed,$(notdir $(p)))" &&) :
	$(foreach m,$(MANPAGES),$(INSTALL) -d '$(call \
	    man_dir,$(m))' && $(INSTALL) -m 644 $(m) \
	    "$(call man_dir,$(m))/$(call man_name,$(m))" &&) :
	$(call each_link,ln -sf $${page##*/} "$(MAN3)/$$name.3")
	$(INSTALL) -m 644 $(DOCS) '$(DESTDIR)$(docdir)'
	$(foreach c,$(COMPLETIONS),$(INSTALL) -d \
	    '$(DESTDIR)$(dir $(call completion_to,$(c)))' && $(INSTALL) -m 644 \
	    $(c) "$(DESTDIR)$(call completion_to,$(c))" &&) :
	if test -x $(B)/bin/echo_supervisord_conf; then \
	    $(B)/bin/echo_supervisord_conf \
	    >'$(DESTDIR)$(docdir)/$(SAMPLE)'; fi

uninstall: config.mk
	rm -f '$(DESTDIR)$(includedir)/appbase.h' \
	    $(patsubst include/%,'$(DESTDIR)$(includedir)/%',$(HEADERS)) \
	    '$(DESTDIR)$(libdir)/libappbase.a' \
	    '$(DESTDIR)$(libdir)/pkgconfig/appbase.pc' \
	    '$(DESTDIR)$(libdir)/$(SHARED_FILE)' \
	    '$(DESTDIR)$(libdir)/$(SONAME)' \
	    '$(DESTDIR)$(libdir)/libappbase.so'
	$(foreach p,$(PROGRAMS),rm -f \
	    "$(DESTDIR)$(bindir)/$(call renamed,$(notdir $(p)))" &&) :
	$(foreach m,$(MANPAGES),rm -f \
	    "$(call man_dir,$(m))/$(call man_name,$(m))" &&) :
	$(call each_link,rm -f "$(MAN3)/$$name.3")
	$(foreach c,$(COMPLETIONS),rm -f \
	    "$(DESTDIR)$(call completion_to,$(c))" &&) :
	rm -f $(patsubst %,'$(DESTDIR)$(docdir)/%',$(DOCS) $(SAMPLE))
	-rmdir '$(DESTDIR)$(includedir)/appbase' '$(DESTDIR)$(docdir)'

# The tarball holds what is committed, and configure; two runs give equal bytes.
DIST = libappbase-$(PACKAGE_VERSION)
dist: configure
	@git rev-parse --git-dir >/dev/null || { echo 'make dist: needs the' \
	    'git checkout' >&2; exit 1; }
	@git diff --quiet HEAD || echo 'make dist: note: uncommitted changes' \
	    'are not in the tarball' >&2
	rm -rf dist/$(DIST)
	mkdir -p dist
	git archive --prefix=$(DIST)/ HEAD | tar -xf - -C dist
	cp configure config.h.in dist/$(DIST)
	tar -C dist --sort=name --owner=0 --group=0 --numeric-owner \
	    --mtime="@$$(git log -1 --format=%ct)" -cf - $(DIST) | \
	    gzip -9n >dist/$(DIST).tar.gz
	rm -rf dist/$(DIST)
	@ls -l dist/$(DIST).tar.gz
distcheck: dist
	t/lib/distcheck dist/$(DIST).tar.gz

help:
	@sed -n 's/^#   //p' Makefile
clean:
	rm -rf build build-*
distclean: clean
	rm -rf autom4te.cache config.h config.h.in config.mk config.log \
	    config.status configure dist

.PHONY: always all units children replays fuzzers benches check check-ready lint \
	lint-run format fuzz fuzz-run coverage bench install uninstall dist \
	distcheck help clean distclean
.SECONDARY:
.DELETE_ON_ERROR:

-include $(patsubst %.o,%.d,$(LIB_OBJ) $(COMMON_OBJ) $(SUPD_OBJ) \
	$(SUPD_MAIN) $(CTL_OBJ))
-include $(wildcard $(B)/t/*/*.d $(B)/examples/*.d $(B)/bench/*.d \
	$(B)/supervisorctl/*.d)
