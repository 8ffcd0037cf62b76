/* assert.h: NDEBUG may change from one inclusion to the next. */
#undef assert
#ifdef NDEBUG
#define assert(condition) ((void) 0)
#else
_Noreturn void __leaf_assert_failed(const char *what, const char *file,
                                    int line);
#define assert(condition)                                                      \
    ((condition) ? (void) 0                                                    \
                 : __leaf_assert_failed(#condition, __FILE__, __LINE__))
#endif

#undef static_assert
#define static_assert _Static_assert
