/* Shifts CLOCK_REALTIME by the number of seconds stored (int64) in OFFSET_FILE,
 * for every process of a lab host (named in its /etc/ld.so.preload, so setuid programs obey too).
 * The file is mapped shared: the orchestrator moves the clock of all hosts by writing 8 bytes.
 * File times are shifted as well, because Postfix's queue manager compares them with the clock.
 * build: gcc -O2 -shared -fPIC -DOFFSET_FILE='"…"' -o clock.so clock.c -ldl                                         */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

static const volatile int64_t *off;
static int64_t zero;

__attribute__((constructor)) static void init(void) {
  int fd;
  if (off) return;
  off = &zero;
  fd = open(OFFSET_FILE, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  void *p = mmap(0, 8, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (p != MAP_FAILED) off = p;
}
static int64_t o(void) { if (!off) init(); return *off; }
#define REAL(name) static __typeof__(&name) f; if (!f) f = dlsym(RTLD_NEXT, #name)

int clock_gettime(clockid_t c, struct timespec *t) {
  REAL(clock_gettime);
  int r = f(c, t);
  if (!r && (c == CLOCK_REALTIME || c == CLOCK_REALTIME_COARSE)) t->tv_sec += o();
  return r;
}
int gettimeofday(struct timeval *restrict t, void *restrict z) {
  struct timespec s;
  if (clock_gettime(CLOCK_REALTIME, &s)) return -1;
  t->tv_sec = s.tv_sec; t->tv_usec = s.tv_nsec / 1000;
  (void)z; return 0;
}
time_t time(time_t *p) {
  struct timespec s;
  if (clock_gettime(CLOCK_REALTIME, &s)) return -1;
  if (p) *p = s.tv_sec;
  return s.tv_sec;
}
#define FIX(st) ((st)->st_mtim.tv_sec += o(), (st)->st_ctim.tv_sec += o(), (st)->st_atim.tv_sec += o())
int stat(const char *restrict p, struct stat *restrict s) { REAL(stat); int r = f(p, s); if (!r) FIX(s); return r; }
int lstat(const char *restrict p, struct stat *restrict s) { REAL(lstat); int r = f(p, s); if (!r) FIX(s); return r; }
int fstat(int d, struct stat *s) { REAL(fstat); int r = f(d, s); if (!r) FIX(s); return r; }
int fstatat(int d, const char *restrict p, struct stat *restrict s, int fl) { REAL(fstatat); int r = f(d, p, s, fl); if (!r) FIX(s); return r; }
int stat64(const char *restrict p, struct stat64 *restrict s) { REAL(stat64); int r = f(p, s); if (!r) FIX(s); return r; }
int lstat64(const char *restrict p, struct stat64 *restrict s) { REAL(lstat64); int r = f(p, s); if (!r) FIX(s); return r; }
int fstat64(int d, struct stat64 *s) { REAL(fstat64); int r = f(d, s); if (!r) FIX(s); return r; }
int fstatat64(int d, const char *restrict p, struct stat64 *restrict s, int fl) { REAL(fstatat64); int r = f(d, p, s, fl); if (!r) FIX(s); return r; }

int utimensat(int d, const char *p, const struct timespec t[2], int fl) {
  REAL(utimensat);
  if (!t) return f(d, p, t, fl);
  struct timespec x[2] = { t[0], t[1] };
  for (int i = 0; i < 2; i++) if (x[i].tv_nsec != UTIME_NOW && x[i].tv_nsec != UTIME_OMIT) x[i].tv_sec -= o();
  return f(d, p, x, fl);
}
int futimens(int d, const struct timespec t[2]) {
  REAL(futimens);
  if (!t) return f(d, t);
  struct timespec x[2] = { t[0], t[1] };
  for (int i = 0; i < 2; i++) if (x[i].tv_nsec != UTIME_NOW && x[i].tv_nsec != UTIME_OMIT) x[i].tv_sec -= o();
  return f(d, x);
}
static struct timespec *tv(const struct timeval *t, struct timespec *x) {
  if (!t) return 0;
  for (int i = 0; i < 2; i++) { x[i].tv_sec = t[i].tv_sec; x[i].tv_nsec = t[i].tv_usec * 1000; }
  return x;
}
int utimes(const char *p, const struct timeval t[2]) { struct timespec x[2]; return utimensat(AT_FDCWD, p, tv(t, x), 0); }
int futimes(int d, const struct timeval t[2]) { struct timespec x[2]; return futimens(d, tv(t, x)); }
int utime(const char *p, const struct utimbuf *u) {
  struct timespec x[2] = { { u ? u->actime : 0, 0 }, { u ? u->modtime : 0, 0 } };
  return utimensat(AT_FDCWD, p, u ? x : 0, 0);
}
