/*
 * readline edits a line, and brings back lines that were typed before.
 *
 * input: printf 'abc\177\177xy\nabcdefgh\177\177\177\nabcdefgh\njunk\025ok\n';
 * printf '\033[A\n\033OA\033[A\033[B\n';
 * printf 'l%s\n' 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20;
 * printf '\033[A%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18;
 * printf '\nhalf\004\004'
 * 1: backspace does not take away the last character.
 * 2: characters that do not fit are not counted: backspace takes those away
 * first, and a line that is whole again says so.
 * 3: of a line that is too long what fits is not kept, or its length is not
 * that of all that was typed.
 * 4: Ctrl-U does not clear the line.
 * 5: the up arrow does not bring back the line before.
 * 6: after two lines up the down arrow does not lead one line down.
 * 7: the up arrow went past the oldest line that there still is, and came to a
 * newer one: a line's place is taken by a later one.
 * 8: Ctrl-D does not send a line that has begun.
 * 9: Ctrl-D on an empty line is not the end.
 * else: readline waits for more, or brings the program down.
 */
#include "user.h"

static char text[40];

static bool reads(size_t size, const char *want, int length) {
    return readline("> ", text, size) == length && strcmp(text, want) == 0;
}

int main(void) {
    if (!reads(sizeof text, "axy", 3)) return 1;
    if (!reads(6, "abcde", 5)) return 2;
    if (!reads(6, "abcde", 8)) return 3;
    if (!reads(sizeof text, "ok", 2)) return 4;
    if (!reads(sizeof text, "ok", 2)) return 5;
    if (!reads(sizeof text, "ok", 2)) return 6;
    for (int i = 0; i < 20; i++)
        if (readline("> ", text, sizeof text) != 3) return 3;
    readline("> ", text, sizeof text);
    if (strcmp(text, "l16") > 0) return 7;
    if (!reads(sizeof text, "half", 4)) return 8;
    return readline("> ", text, sizeof text) == -1 ? 0 : 9;
}
