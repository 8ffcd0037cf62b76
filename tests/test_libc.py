"""Ordinary C by --app (rows G4 and G5 of the table): libc/, its headers, whose
definition of a name it is, and what is said of what is not there.

LIBC_ROUNDS=N  how many random arguments each function gets: 20,000 if not set
LIBC_SEED=N    the seed: the time if not set; a failure prints it
"""

import glob
import os
import platform
import re
import subprocess

import pytest

import leaf
from test_common import CC, HOST, SANITIZERS, must
from test_common import width  # noqa: F401  a fixture

if leaf.FOREIGN:
    pytest.skip("libc/ is not of this tree", allow_module_level=True)

LIBC = os.path.join(leaf.ROOT, "libc")
INCLUDE = os.path.join(LIBC, "include")
HEADERS = sorted(os.path.relpath(path, INCLUDE) for path in
                 glob.glob(os.path.join(INCLUDE, "**", "*.h"), recursive=True))
STANDARD = """
    aio.h arpa/inet.h assert.h complex.h cpio.h ctype.h dirent.h dlfcn.h
    errno.h fcntl.h fenv.h float.h fmtmsg.h fnmatch.h ftw.h glob.h grp.h
    iconv.h inttypes.h iso646.h langinfo.h libgen.h limits.h locale.h math.h
    monetary.h mqueue.h ndbm.h net/if.h netdb.h netinet/in.h netinet/tcp.h
    nl_types.h poll.h pthread.h pwd.h regex.h sched.h search.h semaphore.h
    setjmp.h signal.h spawn.h stdalign.h stdarg.h stdatomic.h stdbool.h
    stddef.h stdint.h stdio.h stdlib.h stdnoreturn.h string.h strings.h
    stropts.h sys/ipc.h sys/mman.h sys/msg.h sys/resource.h sys/select.h
    sys/sem.h sys/shm.h sys/socket.h sys/stat.h sys/statvfs.h sys/time.h
    sys/times.h sys/types.h sys/uio.h sys/un.h sys/utsname.h sys/wait.h
    syslog.h tar.h termios.h tgmath.h threads.h time.h trace.h uchar.h
    ulimit.h unistd.h utime.h utmpx.h wchar.h wctype.h wordexp.h
    """.split()  # ISO C11's and POSIX.1-2017's
ROUNDS = int(os.environ.get("LIBC_ROUNDS") or 20_000)
SEED = os.environ.get("LIBC_SEED")

PROGRAM = "tests/programs/libc.c"
POSIX = "tests/programs/posix.c"
ORDINARY = os.path.join(leaf.ROOT, "tests", "programs", "ordinary")


def source(folder, name, text):
    """Write a program; its first line is the text's."""
    path = os.path.join(str(folder), name)
    with open(path, "w") as file:
        file.write(text.lstrip("\n"))
    return path


def run(app, typed="", defines="", src=None):
    """Build a program and boot it; returns the first process's status and what
    was printed behind leaf's own first line."""
    image = leaf.build(app=app, defines=defines, src=src)
    with leaf.boot(image) as machine:
        machine.type(typed + "\x04")
        status, console = machine.finish()
    return status, re.split(r"(?m)^leaf.*\n", console, maxsplit=1)[1]


def refused(app, **options):
    """Build a program that cannot be; returns the lines about it: its file's
    name, the number of the line, the name or header that is missing, and why."""
    with pytest.raises(leaf.BuildError) as error:
        leaf.build(app=app, strict=False, debug=True, **options)
    name = re.escape(os.path.basename(app))
    return re.findall(rf"(?m)^(?:\S*/)?({name})(?::(\d+))?: ([\w./]+): (.*)$",
                      str(error.value))


# --- The functions ----------------------------------------------------------


def test_g4_functions_do_as_the_hosts_do(tmp_path, width):  # noqa: F811
    flags = [*width, *SANITIZERS, "-O1", "-g", "-std=gnu11", "-Wall",
             "-Wextra", "-Werror"]
    objects = []
    for name in ("ctype getopt malloc printf random scanf sort stdio stdlib "
                 "string strtol").split():
        objects.append(str(tmp_path / (name + ".o")))
        must(CC, *flags, "-ffreestanding", "-nostdlibinc", "-I", INCLUDE,
             "-I", leaf.ROOT, "-c", os.path.join(LIBC, name + ".c"),
             "-o", objects[-1])
    tool = must(CC, "-print-prog-name=llvm-nm").strip()
    defined = re.findall(r"(?m)^\S+ [A-TV-Z] (\w+)$", must(
        tool, "--defined-only", "--extern-only", *objects))
    names = source(tmp_path, "names", "".join(
        f"{name} leaf_{name}\n" for name in [*defined, "errno"]))
    tool = must(CC, "-print-prog-name=llvm-objcopy").strip()
    for path in objects:
        must(tool, f"--redefine-syms={names}", path)
    program = str(tmp_path / "libc_functions")
    must(CC, *flags, "-D_DEFAULT_SOURCE", "-Wno-unused-function",
         "-Wno-format-security", "-Wno-format-nonliteral",
         os.path.join(HOST, "libc_functions.c"), *objects, "-o", program)
    output = must(program, str(ROUNDS), *([SEED] if SEED else []), timeout=120)
    assert f"{ROUNDS} rounds" in output


@pytest.mark.parametrize("name", leaf.params(PROGRAM))
def test_g4_libc(name):
    leaf.program(PROGRAM, typed="one 17\nx\x04").check(name)


@pytest.mark.parametrize("name", leaf.params(POSIX))
def test_g4_posix(name):
    leaf.program(POSIX).check(name)


def test_g4_messages_name_the_program(tmp_path):
    app = source(tmp_path, "grumble.c", """
        #include <err.h>
        #include <errno.h>
        #include <stdio.h>
        #include <stdlib.h>
        static void bye(void) { puts("bye"); }
        int main(int argc, char **argv) {
            atexit(bye);
            printf("%d %s %d\\n", argc, argv[0], argv[argc] == NULL);
            errno = EINVAL;
            warn("%d", 1);
            warnx("two");
            return 3; /* which ends as exit does */
        }
        """)
    assert run(app) == (3, "1 grumble 1\ngrumble: 1: bad argument\n"
                           "grumble: two\nbye\n")


def test_g4_errors_say_what_and_where(tmp_path):
    """err and errx end the program; perror names only what it is given."""
    app = source(tmp_path, "gripe.c", """
        #include <err.h>
        #include <errno.h>
        #include <stdio.h>
        #include <sys/wait.h>
        #include <unistd.h>
        int main(void) {
            int status;
            errno = ENOMEM;
            perror("x");
            perror("");
            perror(NULL);
            if (fork() == 0) {
                errno = ENOENT;
                err(4, "%s", "list");
            }
            wait(&status);
            printf("%d\\n", WEXITSTATUS(status));
            if (fork() == 0) {
                errno = EINVAL;
                err(6, NULL);
            }
            wait(&status);
            printf("%d\\n", WEXITSTATUS(status));
            errx(5, "%d%%", 3);
        }
        """)
    assert run(app) == (5, "x: out of memory\nout of memory\nout of memory\n"
                           "gripe: list: no such file or directory\n4\n"
                           "gripe: bad argument\n6\ngripe: 3%\n")


# --- Ordinary programs ------------------------------------------------------


@pytest.mark.parametrize("name", sorted(
    os.path.splitext(os.path.basename(path))[0]
    for path in glob.glob(os.path.join(ORDINARY, "*.c"))))
def test_g4_an_ordinary_program_does_as_on_the_host(name, tmp_path):
    path = os.path.join(ORDINARY, name)
    program = str(tmp_path / name)
    must(CC, "-std=gnu11", "-O1", *SANITIZERS, path + ".c", "-o", program)
    for typed in sorted(glob.glob(path + "*.in")) or [os.devnull]:
        with open(typed) as file:
            text = file.read()
        done = subprocess.run([program], input=text, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True,
                              env={"ASAN_OPTIONS": "detect_leaks=0"},
                              timeout=60 * leaf.PATIENCE)
        assert run(path + ".c", text) == (done.returncode, done.stdout)


def test_g4_64_bit_division(tmp_path):
    app = source(tmp_path, "div64.c", """
        #include <stdio.h>
        int main(int argc, char **argv) {
            (void) argv;
            long long a = 1000000007LL * (argc + 998244353LL);
            printf("%lld %llu\\n", a / 12345, (unsigned long long) a % 1000);
            return 0;
        }
        """)
    a = 1000000007 * (1 + 998244353)
    assert run(app) == (0, f"{a // 12345} {a % 1000}\n")


# --- Whose a name is --------------------------------------------------------


def test_g4_a_program_brings_its_own_heap_and_names():
    assert run("tests/programs/own_malloc.c") == (5, (
        "reused: 1, copy: a copy\nmoved: a copy\nput 2\n<own>\n"
        "5 mallocs, 5 frees, 1\n"))


def test_g4_a_heap_without_realloc_is_refused_where_it_is_needed(tmp_path):
    app = source(tmp_path, "half.c", """
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>
        void *malloc(size_t n) { return sbrk((int) ((n + 15) & ~15u)); }
        void free(void *p) { (void) p; }
        int main(void) {
            char *s = strdup("this one is well");
            return realloc(s, 100) == NULL;
        }
        """)
    assert refused(app) == [("half.c", "8", "realloc", (
        "the program has a heap of its own, whose blocks leaf's realloc does "
        "not know: it needs a realloc too"))]


def test_g4_main_returns_0_at_its_end(tmp_path):
    app = source(tmp_path, "end.c", """
        #include <stdio.h>
        int main(void) { printf("hello, world\\n"); }
        """)
    assert run(app)[0] == 0


@pytest.mark.parametrize("header", HEADERS)
def test_g4_a_header_stands_alone_and_beside_user_h(header, tmp_path):
    for first, second in ((header, header), (header, "user.h"),
                          ("user.h", header)):
        app = source(tmp_path, "alone.c", f"""
            #include <{first}>
            #include <{second}>
            int main(void) {{ return 0; }}
            """)
        must(CC, *leaf.make("-s", "cflags").split(), "-Werror",
             "-I", INCLUDE, "-I", leaf.ROOT, "-fsyntax-only", app)


def test_g4_headers_take_no_name_of_the_program(tmp_path):
    """Whatever of leaf's is not in a standard header is free for programs."""
    with open(os.path.join(leaf.ROOT, "user.h")) as user, \
            open(os.path.join(leaf.ROOT, "common.h")) as common:
        own = set(re.findall(r"[A-Za-z]\w*", user.read() + common.read()))
    text = "".join(f"#include <{header}>\n" for header in HEADERS
                   if header != "user.h")
    app = source(tmp_path, "headers.c", text + "int main(void) { return 0; }")
    tool = ["clang" if CC == "clang" else CC, *leaf.make("-s", "cflags").split(),
            "-I", INCLUDE, "-E", "-P"]
    standard = set(re.findall(r"[A-Za-z]\w*", must(*tool, app)))
    standard |= set(re.findall(r"(?m)^#define (\w+)", must(*tool, "-dM", app)))
    mine = own - standard
    assert {"READY", "put", "meminfo", "readline", "PAGE_SIZE",
            "heap_check", "msleep", "SYS_EXIT"} <= mine
    app = source(tmp_path, "own.c", text + "enum { PAGE_SIZE = 5, READY };\n"
                 "struct meminfo { int heap_check; } readline;\n"
                 "static int put(int msleep) { return msleep; }\n"
                 "int main(void) { return put(PAGE_SIZE + READY); }")
    assert run(app)[0] == 11


def test_g4_a_debugger_and_the_listings_know_both_names(tmp_path):
    image = leaf.build(app="tests/programs/own_malloc.c",
                       listings=".sym .dis", debug=True)
    with open(os.path.join(image.folder, "own_malloc.sym")) as file:
        symbols = dict(line.split()[::-1][::2] for line in file)
    assert symbols["malloc"] != symbols["__leaf_malloc"]
    assert symbols["sbrk"] == symbols["__leaf_sbrk"]
    with open(os.path.join(image.folder, "own_malloc.dis")) as file:
        assert "<malloc>:" in file.read()


def test_g4_the_shell_is_linked_as_the_book_does_it():
    image = leaf.build(listings=".sym")
    with open(os.path.join(image.folder, "shell.sym")) as file:
        assert "__leaf" not in file.read()


# --- What is not there ------------------------------------------------------


def test_g4_each_standard_header_is_there_or_explained(tmp_path):
    compiler = [os.path.join(LIBC, "explain"), CC, "-fsyntax-only", "-fhosted",
                *leaf.make("-s", "cflags").split(), "-I", INCLUDE]
    for header in STANDARD:
        app = source(tmp_path, "wants.c", f"#include <{header}>\n"
                     "int main(void) { return 0; }\n")
        done = subprocess.run([*compiler, app], text=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        lacks = re.findall(r"(?m)^\S*wants.c:1: (\S+): leaf\S* .*", done.stdout)
        if header == "tgmath.h":
            header = "complex.h"  # which the compiler's includes
        assert lacks == [header] if done.returncode else done.stdout == ""


def test_g4_each_standard_function_is_there_or_explained(tmp_path):
    """Which functions there are, the host's headers know."""
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("other libraries' headers have much that is not standard")
    app = source(tmp_path, "host.c", "".join(
        f"#if __has_include(<{name}>)\n#include <{name}>\n#endif\n"
        for name in STANDARD))
    functions = sorted(set(re.findall(
        r"(?m)^[|`]-FunctionDecl .* ([a-z]\w*) '",
        must(CC, "-std=c11", "-D_XOPEN_SOURCE=700", "-fsyntax-only", "-Xclang",
             "-ast-dump", app))))
    functions = [name for name in functions  # macros of the compiler's
                 if not name.startswith("atomic_")]
    assert len(functions) > 900
    calls = [f"void call{i}(void) __asm__(\"{name}\");\n"
             for i, name in enumerate(functions)]
    calls += [f"static void calls{i}(void) {{ call{i}(); }}\n"
              for i in range(len(functions))]
    app = source(tmp_path, "all.c", "".join(calls) + "int main(void) {\n" +
                 "".join(f"    calls{i}();\n" for i in range(len(functions))) +
                 "}\n")
    lacking = {name: why for _, _, name, why in refused(app)}
    assert [(name, why) for name, why in lacking.items()
            if not why.startswith("leaf")] == []
    there = [name for name in functions if name not in lacking]
    assert {"getline", "getopt", "malloc", "stpncpy"} <= set(there)
    app = source(tmp_path, "there.c", "".join(
        f"#include <{name}>\n" for name in HEADERS if name != "user.h") +
        f"void *all[] = {{{', '.join(there)}}};\n")
    must(CC, *leaf.make("-s", "cflags").split(), "-fhosted", "-Werror",
         "-I", INCLUDE, "-fsyntax-only", app)


CONSTANTS = """
    AF_INET AT_FDCWD BUFSIZ CHAR_BIT CLD_EXITED CLOCKS_PER_SEC CLOCK_MONOTONIC
    CLOCK_PROCESS_CPUTIME_ID CLOCK_REALTIME EAGAIN EDEADLK EINPROGRESS EINTR
    ELOOP ENOTTY ENOTSUP EOF EOVERFLOW EWOULDBLOCK EXIT_FAILURE FD_CLOEXEC
    FILENAME_MAX FPE_INTDIV FP_NAN F_OK F_SETFD HOST_NAME_MAX INT64_MAX INT_MAX
    IOV_MAX ITIMER_REAL LC_ALL LC_MESSAGES LINE_MAX LLONG_MAX LONG_BIT L_tmpnam
    MAP_ANONYMOUS MAP_FIXED MAP_PRIVATE MAP_SHARED MB_CUR_MAX MSG_PEEK MS_SYNC
    M_PI_2 NAME_MAX OPEN_MAX O_CLOEXEC O_RDONLY PATH_MAX PIPE_BUF PRIO_PROCESS
    PROT_EXEC PTHREAD_CREATE_DETACHED PTHREAD_MUTEX_RECURSIVE RAND_MAX
    RLIMIT_NOFILE R_OK SA_NODEFER SCHED_FIFO SEEK_SET SEGV_MAPERR SHUT_WR
    SIGCHLD SIGKILL SIGSTKSZ SIGTERM SIGUSR1 SIG_BLOCK SIZE_MAX SOL_SOCKET
    SSIZE_MAX S_IRUSR TIME_UTC UINT_MAX WEXITED WNOHANG WUNTRACED W_OK X_OK
    _IOLBF _SC_ARG_MAX _SC_NPROCESSORS_ONLN _SC_OPEN_MAX _SC_PAGESIZE
    """.split()


def test_g4_each_constant_is_there_or_explained(tmp_path):
    headers = [name for name in HEADERS if name != "user.h"] + ["stdint.h"]
    app = source(tmp_path, "constants.c", "".join(
        f"#include <{name}>\n" for name in headers) + "".join(
        f"long long f{i}(void) {{ return (long long) {name}; }}\n"
        for i, name in enumerate(CONSTANTS)))
    with pytest.raises(leaf.BuildError) as error:
        leaf.build(app=app, defines="-ferror-limit=0")
    unknown = re.findall(r"undeclared identifier '(\w+)'", str(error.value))
    assert len(unknown) > 20
    assert set(unknown) == {name for _, _, name, _ in refused(app)}
    assert not {"MAP_SHARED", "SIGTERM", "WUNTRACED", "INT_MAX"} & set(unknown)


def test_g4_headers_and_the_link_give_the_same_reason():
    said = {}
    for header in HEADERS:
        with open(os.path.join(INCLUDE, header)) as file:
            for words in file.read().split(";"):
                for reason in re.findall(r'__lacks\("(.*?)"\)', words):
                    said.update(dict.fromkeys(re.findall(
                        r"\b([a-z]\w+)\(", words.replace("__lacks(", "")),
                        "leaf has no " + reason))
    assert len(said) > 100
    table = must("bash", "-c", '. "$0"; for n; do echo "$n: $(lacks $n)"; done',
                 os.path.join(LIBC, "lacks"), *said)
    assert dict(line.split(": ", 1) for line in table.splitlines()) == said


def test_g4_what_the_compiler_does_not_know_is_explained(tmp_path):
    """Types, constants and functions that no header of leaf's declares."""
    app = source(tmp_path, "wants.c", """
        #include <signal.h>
        #include <stdlib.h>
        struct sigaction old;
        int main(void) {
            sigset_t set;
            struct sigaction on = {.sa_flags = SA_RESTART};
            char *path = realpath("x", NULL);
            int send = later;
            return frobnicate(path, MAP_GROWSUP);
        }
        """)
    assert refused(app) == [
        ("wants.c", "3", "sigaction", "leaf has no signal handlers"),
        ("wants.c", "5", "sigset_t", "leaf has no signal handlers"),
        ("wants.c", "6", "SA_RESTART", "leaf has no signal handlers"),
        ("wants.c", "6", "sigaction", "leaf has no signal handlers"),
        ("wants.c", "7", "realpath", "leaf has no files")]


def test_g4_a_header_that_is_missing_is_named_with_its_line(tmp_path):
    app = source(tmp_path, "wants.c", """
        #include <stdio.h>
        #include <termios.h>
        int main(void) { return 0; }
        """)
    assert refused(app) == [
        ("wants.c", "2", "termios.h", "leaf has no terminal settings")]


def test_g4_what_is_missing_is_named_with_its_line(tmp_path):
    app = source(tmp_path, "wants.c", """
        int pthread_create(void *, void *, void *, void *);
        int open(const char *path, int flags, ...);
        int frobnicate(int n);
        int (*later[])(int) = {frobnicate};

        int main(int argc, char **argv) {
            double x = argc;
            if (argv[1])
                frobnicate(3);
            x = x * 2.5;
            open("/etc/passwd", 0);
            return later[0](pthread_create(0, 0, 0, 0)) + (int) x;
        }
        """)
    lines = refused(app)
    assert [line[1] for line in lines] == sorted(
        (line[1] for line in lines), key=int)
    assert ("wants.c", "9", "frobnicate",
            "neither the program nor the library has it") in lines
    assert ("wants.c", "11", "open", "leaf has no files") in lines
    assert ("wants.c", "12", "pthread_create", "leaf has no threads") in lines
    assert ("wants.c", "10", "__muldf3",
            "leaf has no floating point") in lines


def test_g4_a_double_that_is_printed_is_named_with_its_line(tmp_path):
    app = source(tmp_path, "float.c", """
        #include <stdio.h>
        int main(void) {
            double x = 1.5;
            printf("%d\\n", 1);
            printf("%f\\n", x);
            return 0;
        }
        """)
    assert refused(app) == [
        ("float.c", "5", "printf", "leaf has no floating point")]


@pytest.mark.parametrize("header, use, reason", [
    ("stdio.h", 'FILE *f = fopen("x", "r"); (void) f;', "files"),
    ("stdlib.h", "(void) strtod;", "floating point"),
    ("unistd.h", 'execv("/bin/sh", 0);', "other programs"),
    ("signal.h", "signal(SIGINT, SIG_IGN);", "signal handlers"),
    ("time.h", "(void) localtime(0);", "calendar"),
    ("sys/mman.h", "mprotect(0, 4096, PROT_READ);", "mprotect"),
    ("fcntl.h", 'open("x", O_WRONLY | O_CREAT | O_TRUNC, 0644);', "files"),
    ("sys/stat.h", 'struct stat s; stat("x", &s);', "files"),
    ("dirent.h", 'DIR *d = opendir("."); (void) d;', "files"),
    ("sys/socket.h", "socket(AF_INET, SOCK_STREAM, 0);", "network"),
    ("wchar.h", "(void) wcslen(L\"x\");", "wide characters"),
    ("pthread.h", "pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER; "
     "pthread_mutex_lock(&m);", "threads"),
    ("locale.h", "(void) localeconv();", "locales"),
    ("math.h", "float x = sqrtf(2); (void) x;", "floating point"),
    ("math.h", "double x = pow(2, M_PI); (void) x;", "floating point"),
    ("sys/resource.h", "struct rusage u; getrusage(RUSAGE_SELF, &u);",
     "accounts of processes"),
    ("sys/resource.h", "struct rlimit r; getrlimit(RLIMIT_STACK, &r);",
     "resource limits"),
])
def test_g4_a_header_says_what_leaf_has_not_got(header, use, reason, tmp_path):
    app = source(tmp_path, "lacks.c",
                 f"#include <{header}>\nint main(void) {{\n    {use}\n}}\n")
    with pytest.raises(leaf.BuildError) as error:
        leaf.build(app=app)
    errors = re.findall(r"\S+: error: .*", str(error.value))
    assert len(errors) == 1
    assert re.search(rf"lacks\.c:3:\d+: error: '\w+' is unavailable: leaf has "
                     rf"no {reason}", errors[0])


def test_g4_a_program_without_main_is_told_so(tmp_path):
    app = source(tmp_path, "idle.c", "int idle;\n")
    assert refused(app) == [("idle.c", "", "main", "a program needs one")]


# --- Chapters' trees --------------------------------------------------------


def test_g4_a_chapters_tree_lends_what_it_has(tmp_path):
    """The archive needs only what the program uses of it."""
    tree = str(tmp_path / "tree")
    must(os.path.join(leaf.ROOT, "book", "chapter"), "tree", "12", tree)
    app = source(tmp_path, "early.c", """
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        int main(void) {
            char text[] = "12 leaves";
            fprintf(stderr, "%s\\n", strtok(text, " "));
            return atoi(text) - 5;
        }
        """)
    assert run(app, src=tree) == (7, "12\n")
    app = source(tmp_path, "late.c", """
        #include <stdlib.h>
        #include <string.h>
        int main(void) {
            return strdup("x") == malloc(1);
        }
        """)
    assert ("late.c", "4", "malloc", "neither the program nor the library has "
            "it") in refused(app, src=tree)


def test_g4_what_the_archive_needs_is_named_where_the_program_does(tmp_path):
    """getchar is the archive's, and that one needs the tree's own."""
    tree = str(tmp_path / "tree")
    must(os.path.join(leaf.ROOT, "book", "chapter"), "tree", "11", tree)
    app = source(tmp_path, "types.c", """
        #include <stdio.h>
        int main(void) {
            return getchar();
        }
        """)
    assert refused(app, src=tree) == [
        ("types.c", "3", "getchar",
         "neither the program nor the library has it")]


# --- Null -------------------------------------------------------------------


@pytest.mark.parametrize("level", ["-O0", "-O1", "-O2", "-O3"])
@pytest.mark.parametrize("access, line", [
    ("*p = 1;", "store to 00000000"),
    ("int x = *p; printf(\"read %d\\n\", x);", "load from 00000000")])
def test_g5_null_kills_at_every_optimization(access, line, level, tmp_path):
    app = source(tmp_path, "null.c", f"""
        #include <stdio.h>
        int main(void) {{
            int *p = NULL;
            {access}
            printf("survived\\n");
            return 0;
        }}
        """)
    status, console = run(app, defines=level)
    assert status == 139
    assert re.fullmatch(rf"process 1 \(null\) killed: {line} at pc "
                        r"[0-9a-f]{8}: nothing is mapped there\n", console)
