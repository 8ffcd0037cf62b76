/* sched.h: giving the processor to another process. */
#pragma once

int sched_yield(void);
