/*
 * A program ends with the lowest eight bits of its status.
 *
 * right: 42
 * else: of a status that is larger than 255 not just the lowest eight bits are
 * kept, as POSIX has it. The numbers from 256 on are signals.
 */
int main(void) { return 0x1200002a; }
