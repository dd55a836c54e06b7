/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A daemon in C++17.
 *
 * Two things to know.  Callbacks are C functions: an exception must not leave
 * one, so work() turns it into appbase_error(), and the supervisor starts
 * another worker.  And a worker that is asked to end does so from within a call
 * of the library, as exit(3) does: destructors of what is on the stack do not
 * run.  What must be put away belongs to the context, and to finish().
 */
#include <chrono>
#include <exception>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

#include <appbase.h>

namespace {

using std::chrono::milliseconds;

/* Counts, in a file. */
class Counter {
public:
	explicit Counter(const std::string &path)
	    : out(path, std::ios::app)
	{
		if (!out)
			throw std::runtime_error(path + ": cannot be written");
	}
	~Counter() { out << "ended after " << n << std::endl; }

	void count(unsigned long long generation)
	{
		out << "generation " << generation << ": " << ++n << std::endl;
	}

private:
	std::ofstream out;
	unsigned long n = 0;
};

struct Context {
	std::unique_ptr<Counter> counter;
};

const appbase_option options[] = {
	{"file", "file=<path>", "file to count in", APPBASE_STRING,
	    "/dev/null"},
	{"every-ms", "every-ms=<ms>", "milliseconds between two",
	    APPBASE_INTEGER, "1000"},
	{nullptr, nullptr, nullptr, APPBASE_SWITCH, nullptr},
};

int
work(appbase *app)
{
	auto *context = static_cast<Context *>(appbase_context(app));
	const auto *given = appbase_options(app);
	const milliseconds every{appbase_option_integer(given, "every-ms")};

	try {
		context->counter = std::make_unique<Counter>(
		    appbase_option_string(given, "file"));
		appbase_ready_to_take_over(app);
		for (;;) {
			context->counter->count(appbase_generation(app));
			appbase_wait(app, nullptr, 0, every.count());
		}
	} catch (const std::exception &e) {
		appbase_error(app, "%s", e.what());
	}
}

int
finish(appbase *app)
{
	static_cast<Context *>(appbase_context(app))->counter.reset();
	return APPBASE_EXIT_OK;
}

} // namespace

int
main(int argc, char *argv[])
{
	Context context;
	appbase_class daemon{}; /* all members zero: all defaults */

	daemon.name = "daemon";
	daemon.documentation = "Counts, in a file.";
	daemon.options = options;
	daemon.flags = APPBASE_HOT_RELOAD;
	daemon.context = &context;
	daemon.supervised_process = work;
	daemon.supervised_shutdown = finish;
	return appbase_run(&daemon, argc, argv);
}
