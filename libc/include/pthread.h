/* pthread.h: threads; leaf's processes share no memory but by fork. */
#pragma once

#include <sys/cdefs.h>

#define PTHREAD_MUTEX_INITIALIZER 0
#define PTHREAD_COND_INITIALIZER 0
#define PTHREAD_ONCE_INIT 0

typedef unsigned pthread_t;
typedef int pthread_attr_t, pthread_once_t;
typedef int pthread_mutex_t, pthread_mutexattr_t;
typedef int pthread_cond_t, pthread_condattr_t;

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                   void *(*start)(void *), void *argument) __lacks("threads");
int pthread_join(pthread_t thread, void **result) __lacks("threads");
int pthread_detach(pthread_t thread) __lacks("threads");
_Noreturn void pthread_exit(void *result) __lacks("threads");
pthread_t pthread_self(void) __lacks("threads");
int pthread_once(pthread_once_t *once, void (*init)(void)) __lacks("threads");

int pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *how)
    __lacks("threads");
int pthread_mutex_destroy(pthread_mutex_t *m) __lacks("threads");
int pthread_mutex_lock(pthread_mutex_t *m) __lacks("threads");
int pthread_mutex_trylock(pthread_mutex_t *m) __lacks("threads");
int pthread_mutex_unlock(pthread_mutex_t *m) __lacks("threads");

int pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *how)
    __lacks("threads");
int pthread_cond_destroy(pthread_cond_t *c) __lacks("threads");
int pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m) __lacks("threads");
int pthread_cond_signal(pthread_cond_t *c) __lacks("threads");
int pthread_cond_broadcast(pthread_cond_t *c) __lacks("threads");
