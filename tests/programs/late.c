/*
 * late.c: what a program sees of the last process numbers there are.
 */
#include "user.h"

int main(void) {
    printf("first: %d\n", (int) getpid());
    for (int i = 0; i < 5; i++) {
        pid_t pid = fork();
        if (pid == 0) exit(i);
        if (pid == -1)
            printf("fork: %s\n", strerror(errno));
        else
            printf("child %d, %s\n", (int) pid,
                   wait(NULL) == pid ? "waited for" : "lost");
    }
    printf("kill: %d %s\n", kill(getpid(), SIGKILL), strerror(errno));
    return 9;
}
