/*
 * A mapping may be used as mmap was asked, and not otherwise.
 *
 * 1: mmap failed.
 * 2: mmap with PROT_WRITE alone: what was written is not read back. RISC-V
 * has no page that is written and not read: W needs R.
 * 3: a page of PROT_READ was written to, and the process lived.
 * 4: a page of PROT_NONE was read, and the process lived.
 * 5: a page that was unmapped was read, and the process lived.
 * 6: a page in between was unmapped, and those beside it lost what they held.
 * 7: a process with a mapping that allows all it does died.
 * else: a mapping with some of the rights brings something down. RISC-V has
 * no page that is written and not read: PROT_WRITE alone needs R, too.
 */
#include "user.h"

static volatile char *map(int pages, int rights) {
    void *p = mmap(NULL, pages * PAGE_SIZE, rights, MAP_PRIVATE | MAP_ANONYMOUS,
                   -1, 0);
    if (p == MAP_FAILED) exit(1);
    return p;
}

static void write_alone(void) {
    volatile char *p = map(1, PROT_WRITE);
    p[5] = 'x';
    exit(p[5] == 'x' ? 0 : 2);
}

static void write_read_only(void) { *map(1, PROT_READ) = 'x'; }

static void read_none(void) { (void) *map(1, PROT_NONE); }

static void read_unmapped(void) {
    volatile char *p = map(3, PROT_READ | PROT_WRITE);
    for (int i = 0; i < 3; i++) p[i * PAGE_SIZE] = '0' + i;
    munmap((char *) p + PAGE_SIZE, PAGE_SIZE);
    if (p[0] != '0' || p[2 * PAGE_SIZE] != '2') exit(6);
    (void) p[PAGE_SIZE];
}

static int child(void (*does)(void), int lived, bool dies) {
    int status;
    if (fork() == 0) {
        does();
        exit(lived);
    }
    if (wait(&status) < 0) return 1;
    if (WIFSIGNALED(status)) return dies ? 0 : 7;
    return WEXITSTATUS(status);
}

int main(void) {
    int failed = child(write_alone, 2, false);
    if (!failed) failed = child(write_read_only, 3, true);
    if (!failed) failed = child(read_none, 4, true);
    return failed ? failed : child(read_unmapped, 5, true);
}
