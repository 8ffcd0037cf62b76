/* The n queens: how many ways there are for each size, and the first for 8. */
#include <stdint.h>
#include <stdio.h>

static int row_of[16];

/* Columns left to right; the masks hold rows and diagonals that are attacked.
 * Returns the number of ways to fill the columns from `column` on. */
static unsigned long place(int size, int column, uint32_t rows, uint32_t up,
                           uint32_t down, int show) {
    unsigned long ways = 0;
    if (column == size) {
        for (int i = 0; show && i < size; i++)
            printf("%c%d%c", 'a' + i, row_of[i] + 1, i < size - 1 ? ' ' : '\n');
        return 1;
    }
    for (int row = 0; row < size; row++) {
        uint32_t bit = UINT32_C(1) << row;
        if ((rows | up | down) & bit) continue;
        row_of[column] = row;
        ways += place(size, column + 1, rows | bit, (up | bit) << 1,
                      (down | bit) >> 1, show && ways == 0);
    }
    return ways;
}

int main(void) {
    for (int size = 1; size <= 9; size++)
        printf("%2d queens: %5lu ways\n", size, place(size, 0, 0, 0, 0, 0));
    place(8, 0, 0, 0, 0, 1);
    return 0;
}
