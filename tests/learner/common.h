typedef int bool;
typedef unsigned char uint8_t;
typedef unsigned int uint32_t;
typedef uint32_t size_t, paddr_t, vaddr_t;

#define true 1
#define false 0
#define NULL ((void *) 0)
#define align_up(value, align) __builtin_align_up(value, align)
#define PAGE_SIZE 4096
#define SYS_PUTCHAR 1
#define SYS_GETCHAR 2
#define SYS_EXIT 3

void *memset(void *buf, char c, size_t n);
void *memcpy(void *dst, const void *src, size_t n);
void putchar(char ch);
void printf(const char *fmt, ...);
