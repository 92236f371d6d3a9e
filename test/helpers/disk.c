/* A disk that fails when it is told to: for the files whose path holds DISK_NAME (not -shm, not -writer), the writes, truncations, syncs and removals
 * of a process are counted, and
 *   DISK_KILL_AT=n   the n-th of them is done half and the process killed (SIGKILL)
 *   DISK_STOP_FROM=n from the n-th on the process stops (SIGSTOP) before each, until it is continued
 *   DISK_FULL_AT=n   from the n-th on every write fails with ENOSPC
 *   DISK_LOG=file    each is recorded with its bytes, in order, so that a power cut can be played (disk.ts)
 *   DISK_COUNT=file  how many there were is written there at the end
 * build: cc -O1 -shared -fPIC -o disk.so disk.c -ldl */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST 4096
static char *names[MOST];
static long count, kill_at, full_at, stop_from;
static int log_fd = -1;
static const char *wanted;

static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static int (*real_ftruncate)(int, off64_t);
static int (*real_fsync)(int);
static int (*real_unlink)(const char *);

static long number(const char *name) {
  const char *value = getenv(name);
  return value ? atol(value) : 0;
}

__attribute__((constructor)) static void begin(void) {
  real_open = dlsym(RTLD_NEXT, "open64");
  real_close = dlsym(RTLD_NEXT, "close");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
  wanted = getenv("DISK_NAME");
  kill_at = number("DISK_KILL_AT");
  full_at = number("DISK_FULL_AT");
  stop_from = number("DISK_STOP_FROM");
  if (getenv("DISK_LOG")) log_fd = real_open(getenv("DISK_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

__attribute__((destructor)) static void end(void) {
  const char *path = getenv("DISK_COUNT");
  if (!path) return;
  FILE *file = fopen(path, "w");
  if (!file) return;
  fprintf(file, "%ld\n", count);
  fclose(file);
}

static const char *base(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static int ours(const char *path) {
  return wanted && strstr(base(path), wanted) && !strstr(path, "-shm") && !strstr(path, "-writer");
}

static void record(char kind, const char *name, long long offset, const void *bytes, size_t length) {
  char head[512];
  if (log_fd < 0) return;
  int written = snprintf(head, sizeof head, "%c %s %lld %zu\n", kind, name, offset, length);
  if (write(log_fd, head, written) != written || (length > 0 && write(log_fd, bytes, length) != (ssize_t)length)) abort();
}

static int here(void) {
  long now = __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
  if (stop_from && now >= stop_from) kill(getpid(), SIGSTOP);
  return now == kill_at;
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  int fd = real_open(path, flags, mode);
  if (fd >= 0 && fd < MOST) {
    free(names[fd]);
    names[fd] = ours(path) ? strdup(base(path)) : NULL;
  }
  return fd;
}

int close(int fd) {
  if (fd >= 0 && fd < MOST && names[fd]) {
    free(names[fd]);
    names[fd] = NULL;
  }
  return real_close(fd);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  if (fd < 0 || fd >= MOST || !names[fd]) return real_pwrite(fd, bytes, length, offset);
  if (here()) {
    if (real_pwrite(fd, bytes, length / 2, offset) >= 0) kill(getpid(), SIGKILL);
    pause();
  }
  if (full_at && count >= full_at) {
    errno = ENOSPC;
    return -1;
  }
  ssize_t done = real_pwrite(fd, bytes, length, offset);
  if (done > 0) record('W', names[fd], offset, bytes, done);
  return done;
}

int ftruncate64(int fd, off64_t size) {
  if (fd < 0 || fd >= MOST || !names[fd]) return real_ftruncate(fd, size);
  if (here()) kill(getpid(), SIGKILL);
  int done = real_ftruncate(fd, size);
  if (done == 0) record('T', names[fd], size, NULL, 0);
  return done;
}

int fsync(int fd) {
  if (fd < 0 || fd >= MOST || !names[fd]) return real_fsync(fd);
  if (here()) kill(getpid(), SIGKILL);
  record('S', names[fd], 0, NULL, 0);
  return 0; /* the tests' own disk need not turn */
}

int unlink(const char *path) {
  if (!ours(path)) return real_unlink(path);
  if (here()) kill(getpid(), SIGKILL);
  int done = real_unlink(path);
  if (done == 0) record('U', base(path), 0, NULL, 0);
  return done;
}
