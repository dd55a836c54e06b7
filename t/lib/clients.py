# SPDX-License-Identifier: BSD-2-Clause
"""The same conversation with supervisord by XML-RPC clients of several
languages.  Each program gets a URL with name and password, and prints WANT."""

WANT = """version 3.0
state 1 RUNNING
count 2
process cat cat 20 RUNNING 0
stop true
again fault 70 NOT_RUNNING: cat
start true
fault 10 BAD_NAME: nope
types fault 2 INCORRECT_PARAMETERS
stdin true
echo caf\u00e9 <&>
tail 10 false
signal OK 80 cat
methods system.multicall
nothing fault 1 UNKNOWN_METHOD
multi 3.0 10
"""

PYTHON = r'''
import sys, time, xmlrpc.client
s = xmlrpc.client.ServerProxy(sys.argv[1])
def call(what, *args):
    try:
        return what(*args)
    except xmlrpc.client.Fault as f:
        return "fault %d %s" % (f.faultCode, f.faultString)
def show(v):
    return {True: "true", False: "false"}[v] if isinstance(v, bool) else v
sup = s.supervisor
print("version", sup.getVersion())
print("state %(statecode)d %(statename)s" % sup.getState())
print("count", len(sup.getAllProcessInfo()))
p = sup.getProcessInfo("cat")
print("process", p["name"], p["group"], p["state"], p["statename"],
      p["exitstatus"])
print("stop", show(sup.stopProcess("cat")))
print("again", call(sup.stopProcess, "cat"))
print("start", show(sup.startProcess("cat", 1)))
print(call(sup.startProcess, "nope"))
print("types", call(sup.startProcess))
print("stdin", show(sup.sendProcessStdin("cat", "caf\xe9 <&>\n")))
while len(sup.readProcessStdoutLog("cat", 0, 0)) < 9:
    time.sleep(0.01)
print("echo", sup.readProcessStdoutLog("cat", 0, 0).rstrip())
t = sup.tailProcessStdoutLog("cat", 0, 100)
print("tail", t[1], show(t[2]))
r = sup.signalAllProcesses("CONT")[0]
print("signal", r["description"], r["status"], r["name"])
print("methods", s.system.listMethods()[-1])
print("nothing", call(s.supervisor.nothing))
r = s.system.multicall([
    {"methodName": "supervisor.getVersion", "params": []},
    {"methodName": "supervisor.stopProcess", "params": ["nope"]}])
print("multi", r[0], r[1]["faultCode"])
'''

PERL_LITE = r'''
use strict; use utf8; use XMLRPC::Lite; use Time::HiRes;
binmode STDOUT, ":utf8";
my $s = XMLRPC::Lite->proxy($ARGV[0]);
sub call {
    my $r = $s->call(@_);
    return $r->fault ? "fault " . $r->faultcode . " " . $r->faultstring
        : $r->result;
}
sub show { $_[0] ? "true" : "false" }
print "version ", call("supervisor.getVersion"), "\n";
my $st = call("supervisor.getState");
print "state $st->{statecode} $st->{statename}\n";
print "count ", scalar(@{call("supervisor.getAllProcessInfo")}), "\n";
my $p = call("supervisor.getProcessInfo", "cat");
print "process $p->{name} $p->{group} $p->{state} $p->{statename} ",
    "$p->{exitstatus}\n";
print "stop ", show(call("supervisor.stopProcess", "cat")), "\n";
print "again ", call("supervisor.stopProcess", "cat"), "\n";
print "start ", show(call("supervisor.startProcess", "cat", 1)), "\n";
print call("supervisor.startProcess", "nope"), "\n";
print "types ", call("supervisor.startProcess"), "\n";
print "stdin ", show(call("supervisor.sendProcessStdin", "cat",
    SOAP::Data->type(string => "caf\x{e9} <&>\n"))), "\n";
my $echo;
do {
    Time::HiRes::sleep(0.01);
    $echo = call("supervisor.readProcessStdoutLog", "cat", 0, 0);
} while (length($echo) < 9);
utf8::decode($echo) unless utf8::is_utf8($echo);
$echo =~ s/\s+$//;
print "echo $echo\n";
my $t = call("supervisor.tailProcessStdoutLog", "cat", 0, 100);
print "tail $t->[1] ", show($t->[2]), "\n";
my $r = call("supervisor.signalAllProcesses", "CONT")->[0];
print "signal $r->{description} $r->{status} $r->{name}\n";
print "methods ", call("system.listMethods")->[-1], "\n";
print "nothing ", call("supervisor.nothing"), "\n";
$r = call("system.multicall", [
    { methodName => "supervisor.getVersion", params => [] },
    { methodName => "supervisor.stopProcess", params => ["nope"] }]);
print "multi $r->[0] $r->[1]{faultCode}\n";
'''

PERL_FRONTIER = r'''
use strict; use utf8; use Frontier::Client; use Time::HiRes;
binmode STDOUT, ":utf8";
my $s = Frontier::Client->new(url => $ARGV[0], encoding => "UTF-8");
sub call {
    my $r = eval { $s->call(@_) };
    return $r unless $@;
    return "fault $1 $2" if $@ =~ /Fault returned.*?(\d+).*?'?([A-Z_]{5,}[^'"\n]*)/s;
    die $@;
}
sub show { ref $_[0] ? ($_[0]->value ? "true" : "false")
    : $_[0] ? "true" : "false" }
print "version ", call("supervisor.getVersion"), "\n";
my $st = call("supervisor.getState");
print "state $st->{statecode} $st->{statename}\n";
print "count ", scalar(@{call("supervisor.getAllProcessInfo")}), "\n";
my $p = call("supervisor.getProcessInfo", "cat");
print "process $p->{name} $p->{group} $p->{state} $p->{statename} ",
    "$p->{exitstatus}\n";
print "stop ", show(call("supervisor.stopProcess", "cat")), "\n";
print "again ", call("supervisor.stopProcess", "cat"), "\n";
print "start ", show(call("supervisor.startProcess", "cat", 1)), "\n";
print call("supervisor.startProcess", "nope"), "\n";
print "types ", call("supervisor.startProcess"), "\n";
print "stdin ", show(call("supervisor.sendProcessStdin", "cat",
    "caf\x{e9} <&>\n")), "\n";
my $echo;
do {
    Time::HiRes::sleep(0.01);
    $echo = call("supervisor.readProcessStdoutLog", "cat", 0, 0);
} while (length($echo) < 9);
$echo =~ s/\s+$//;
print "echo $echo\n";
my $t = call("supervisor.tailProcessStdoutLog", "cat", 0, 100);
print "tail $t->[1] ", show($t->[2]), "\n";
my $r = call("supervisor.signalAllProcesses", "CONT")->[0];
print "signal $r->{description} $r->{status} $r->{name}\n";
print "methods ", call("system.listMethods")->[-1], "\n";
print "nothing ", call("supervisor.nothing"), "\n";
$r = call("system.multicall", [
    { methodName => "supervisor.getVersion", params => [] },
    { methodName => "supervisor.stopProcess", params => ["nope"] }]);
print "multi $r->[0] $r->[1]{faultCode}\n";
'''

RUBY = r'''
require "xmlrpc/client"
s = XMLRPC::Client.new2(ARGV[0])
call = lambda do |*args|
  ok, r = s.call2(*args)
  ok ? r : "fault #{r.faultCode} #{r.faultString}"
end
puts "version #{call.("supervisor.getVersion")}"
st = call.("supervisor.getState")
puts "state #{st["statecode"]} #{st["statename"]}"
puts "count #{call.("supervisor.getAllProcessInfo").length}"
p = call.("supervisor.getProcessInfo", "cat")
puts "process #{p["name"]} #{p["group"]} #{p["state"]} #{p["statename"]} " +
  "#{p["exitstatus"]}"
puts "stop #{call.("supervisor.stopProcess", "cat")}"
puts "again #{call.("supervisor.stopProcess", "cat")}"
puts "start #{call.("supervisor.startProcess", "cat", 1)}"
puts call.("supervisor.startProcess", "nope")
puts "types #{call.("supervisor.startProcess")}"
puts "stdin #{call.("supervisor.sendProcessStdin", "cat", "caf\u00e9 <&>\n")}"
echo = ""
while echo.length < 9
  sleep 0.01
  echo = call.("supervisor.readProcessStdoutLog", "cat", 0, 0)
end
puts "echo #{echo.rstrip}"
t = call.("supervisor.tailProcessStdoutLog", "cat", 0, 100)
puts "tail #{t[1]} #{t[2]}"
r = call.("supervisor.signalAllProcesses", "CONT")[0]
puts "signal #{r["description"]} #{r["status"]} #{r["name"]}"
puts "methods #{call.("system.listMethods")[-1]}"
puts "nothing #{call.("supervisor.nothing")}"
r = call.("system.multicall", [
  {"methodName" => "supervisor.getVersion", "params" => []},
  {"methodName" => "supervisor.stopProcess", "params" => ["nope"]}])
puts "multi #{r[0]} #{r[1]["faultCode"]}"
'''

PHP = r'''<?php
error_reporting(E_ALL & ~E_DEPRECATED);
function call($name, ...$args) {
    $url = parse_url($GLOBALS["argv"][1]);
    $body = xmlrpc_encode_request($name, $args,
        ["encoding" => "utf-8", "escaping" => "markup"]);
    $answer = file_get_contents("http://$url[host]:$url[port]$url[path]",
        false, stream_context_create(["http" => ["method" => "POST",
        "header" => "Content-Type: text/xml\r\nAuthorization: Basic " .
        base64_encode("$url[user]:$url[pass]"), "content" => $body]]));
    $r = xmlrpc_decode($answer, "utf-8");
    return is_array($r) && xmlrpc_is_fault($r)
        ? "fault $r[faultCode] $r[faultString]" : $r;
}
function show($v) { return $v === true ? "true" : ($v === false ? "false" : $v); }
echo "version ", call("supervisor.getVersion"), "\n";
$st = call("supervisor.getState");
echo "state $st[statecode] $st[statename]\n";
echo "count ", count(call("supervisor.getAllProcessInfo")), "\n";
$p = call("supervisor.getProcessInfo", "cat");
echo "process $p[name] $p[group] $p[state] $p[statename] $p[exitstatus]\n";
echo "stop ", show(call("supervisor.stopProcess", "cat")), "\n";
echo "again ", call("supervisor.stopProcess", "cat"), "\n";
echo "start ", show(call("supervisor.startProcess", "cat", 1)), "\n";
echo call("supervisor.startProcess", "nope"), "\n";
echo "types ", call("supervisor.startProcess"), "\n";
echo "stdin ", show(call("supervisor.sendProcessStdin", "cat",
    "caf\u{e9} <&>\n")), "\n";
do {
    usleep(10000);
    $echo = call("supervisor.readProcessStdoutLog", "cat", 0, 0);
} while (strlen($echo) < 10);
echo "echo ", rtrim($echo), "\n";
$t = call("supervisor.tailProcessStdoutLog", "cat", 0, 100);
echo "tail $t[1] ", show($t[2]), "\n";
$r = call("supervisor.signalAllProcesses", "CONT")[0];
echo "signal $r[description] $r[status] $r[name]\n";
echo "methods ", array_slice(call("system.listMethods"), -1)[0], "\n";
echo "nothing ", call("supervisor.nothing"), "\n";
$r = call("system.multicall", [
    ["methodName" => "supervisor.getVersion", "params" => []],
    ["methodName" => "supervisor.stopProcess", "params" => ["nope"]]]);
echo "multi $r[0] ", $r[1]["faultCode"], "\n";
'''

NODE = r'''
const xmlrpc = require("xmlrpc");
const url = new URL(process.argv[2]);
const client = xmlrpc.createClient({host: url.hostname, port: url.port,
    path: url.pathname, basic_auth: {user: url.username, pass: url.password}});
const call = (name, ...args) => new Promise((good, bad) =>
    client.methodCall(name, args, (err, value) => !err ? good(value)
        : err.faultCode ? good(`fault ${err.faultCode} ${err.faultString}`)
        : bad(err)));
(async () => {
    const say = console.log;
    say("version", await call("supervisor.getVersion"));
    const st = await call("supervisor.getState");
    say("state", st.statecode, st.statename);
    say("count", (await call("supervisor.getAllProcessInfo")).length);
    const p = await call("supervisor.getProcessInfo", "cat");
    say("process", p.name, p.group, p.state, p.statename, p.exitstatus);
    say("stop", await call("supervisor.stopProcess", "cat"));
    say("again", await call("supervisor.stopProcess", "cat"));
    say("start", await call("supervisor.startProcess", "cat", 1));
    say(await call("supervisor.startProcess", "nope"));
    say("types", await call("supervisor.startProcess"));
    say("stdin", await call("supervisor.sendProcessStdin", "cat",
        "caf\u00e9 <&>\n"));
    let echo = "";
    while (echo.length < 9)
        echo = await call("supervisor.readProcessStdoutLog", "cat", 0, 0);
    say("echo", echo.trimEnd());
    const t = await call("supervisor.tailProcessStdoutLog", "cat", 0, 100);
    say("tail", t[1], t[2]);
    let r = (await call("supervisor.signalAllProcesses", "CONT"))[0];
    say("signal", r.description, r.status, r.name);
    say("methods", (await call("system.listMethods")).slice(-1)[0]);
    say("nothing", await call("supervisor.nothing"));
    r = await call("system.multicall", [
        {methodName: "supervisor.getVersion", params: []},
        {methodName: "supervisor.stopProcess", params: ["nope"]}]);
    say("multi", r[0], r[1].faultCode);
})().catch(err => { console.error(err); process.exit(1); });
'''

# (title, how to see that it is there, how to run a file, its text)
CLIENTS = [
    ("Python xmlrpc.client", ["python3", "-c", "import xmlrpc.client"],
     ["python3"], PYTHON),
    ("Perl XMLRPC::Lite", ["perl", "-MXMLRPC::Lite", "-e", "1"], ["perl"],
     PERL_LITE),
    ("Perl Frontier::Client", ["perl", "-MFrontier::Client", "-e", "1"],
     ["perl"], PERL_FRONTIER),
    ("Ruby xmlrpc", ["ruby", "-e", "require 'xmlrpc/client'"], ["ruby"], RUBY),
    ("PHP xmlrpc", ["php", "-r",
                    "exit(function_exists('xmlrpc_decode') ? 0 : 1);"],
     ["php"], PHP),
    ("Node xmlrpc", ["node", "-e", "require('xmlrpc')"], ["node"], NODE),
]
