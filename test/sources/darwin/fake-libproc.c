/*
 * A libproc that answers what a test has put into it: the functions of macOS that the exporter calls, with their way to
 * report errors. An answer may be given a number of times and then be followed by the next of the same question, so that a
 * list can grow between two calls and a process can go away; it may also block until the test lets it go.
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PIDINFO = 1, FDINFO = 2, SYSCTL = 3, BY_NAME = 4 };

struct answer {
  int call, pid, flavor;
  uint64_t arg;
  int error;   /* errno; 0: the bytes */
  int times;   /* how often it is given; 0: for ever */
  int blocks;
  size_t length;
  unsigned char *bytes;
  struct answer *next;
};

static struct answer *answers;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t released = PTHREAD_COND_INITIALIZER;
static int generation;
static int asked;

void fake_reset(void) {
  pthread_mutex_lock(&lock);
  while (answers) {
    struct answer *first = answers;
    answers = first->next;
    free(first->bytes);
    free(first);
  }
  pthread_mutex_unlock(&lock);
}

void fake_put(int call, int pid, int flavor, uint64_t arg, const void *bytes, int length, int error, int times, int blocks) {
  struct answer *added = calloc(1, sizeof *added);
  added->call = call, added->pid = pid, added->flavor = flavor, added->arg = arg;
  added->error = error, added->times = times, added->blocks = blocks, added->length = (size_t)length;
  added->bytes = malloc(length > 0 ? (size_t)length : 1);
  memcpy(added->bytes, bytes, (size_t)length);
  pthread_mutex_lock(&lock);
  struct answer **end = &answers;
  while (*end) end = &(*end)->next;
  *end = added;
  pthread_mutex_unlock(&lock);
}

/* Forgets what was put for a question. */
void fake_forget(int call, int pid, int flavor, uint64_t arg) {
  pthread_mutex_lock(&lock);
  for (struct answer **at = &answers; *at;) {
    struct answer *it = *at;
    if (it->call == call && it->pid == pid && it->flavor == flavor && it->arg == arg) {
      *at = it->next;
      free(it->bytes);
      free(it);
    } else at = &it->next;
  }
  pthread_mutex_unlock(&lock);
}

/* Lets all calls go that block now. */
void fake_release(void) {
  pthread_mutex_lock(&lock);
  generation++;
  pthread_cond_broadcast(&released);
  pthread_mutex_unlock(&lock);
}

int fake_asked(void) { return asked; }

/* With the lock held; counts one use. */
static struct answer *find(int call, int pid, int flavor, uint64_t arg, int use) {
  for (struct answer *it = answers; it; it = it->next) {
    if (it->call != call || it->pid != pid || it->flavor != flavor || it->arg != arg || it->times < 0) continue;
    if (use && it->times > 0 && --it->times == 0) it->times = -1;
    return it;
  }
  return 0;
}

/* How many bytes there are; -1 and errno. */
static long give(int call, int pid, int flavor, uint64_t arg, void *buffer, size_t size, int absent, int refuse_short) {
  pthread_mutex_lock(&lock);
  asked++;
  struct answer *it = find(call, pid, flavor, arg, 1);
  int error = it ? it->error : absent;
  long length = error || !it ? -1 : (long)it->length;
  if (it && !error && buffer && refuse_short && it->length > size) error = ENOMEM, length = -1;
  if (it && !error && buffer) {
    if ((size_t)length > size) length = (long)size;
    memcpy(buffer, it->bytes, (size_t)length);
  }
  if (it && it->blocks)
    for (int before = generation; generation == before;) pthread_cond_wait(&released, &lock);
  pthread_mutex_unlock(&lock);
  errno = error;
  return length;
}

int proc_pidinfo(int pid, int flavor, uint64_t arg, void *buffer, int size) {
  long length = give(PIDINFO, pid, flavor, arg, buffer, (size_t)size, ESRCH, 0);
  return length < 0 ? 0 : (int)length;
}

int proc_pidfdinfo(int pid, int fd, int flavor, void *buffer, int size) {
  long length = give(FDINFO, pid, flavor, (uint64_t)fd, buffer, (size_t)size, EBADF, 0);
  return length < 0 ? 0 : (int)length;
}

int sysctl(int *name, unsigned int parts, void *old, size_t *length, void *set, size_t set_size) {
  (void)set, (void)set_size;
  int pid = parts > 2 ? name[parts - 1] : 0;
  /* kern.proc.all, kern.proc.pid, kern.procargs2, kern.argmax */
  int flavor = name[1] * 100 + (parts > 3 ? name[2] : 0);
  int absent = flavor / 100 == 49 ? EINVAL : 0;
  long given = give(SYSCTL, pid, flavor, old ? 1 : 0, old, *length, absent, 1);
  if (given < 0 && errno == 0) { /* nothing was put: a list of nobody */
    *length = 0;
    return 0;
  }
  if (given < 0) return -1;
  *length = (size_t)given;
  return 0;
}

int sysctlbyname(const char *name, void *old, size_t *length, void *set, size_t set_size) {
  (void)set, (void)set_size;
  if (strcmp(name, "hw.tbfrequency") != 0) {
    errno = ENOENT;
    return -1;
  }
  long given = give(BY_NAME, 0, 0, 0, old, *length, ENOENT, 1);
  if (given < 0) return -1;
  *length = (size_t)given;
  return 0;
}
