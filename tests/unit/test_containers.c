// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "enrich/containers.h"
#include "enrich/containers_files.h"
#include "enrich/containers_parse.h"
#include "lib/clock.h"

#define TASKS "/run/containerd/io.containerd.runtime.v2.task"
#define DOCKER "/var/lib/docker/containers"
#define RUN_STORAGE "/run/containers/storage/overlay-containers"
#define STORAGE "/var/lib/containers/storage/overlay-containers"
#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2 "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

static char root[] = "/tmp/test_containers-XXXXXX";
static atomic_bool is_slow;
static sem_t go; /* what the thread waits for, if is_slow */
static uint64_t later_ns;

/* The linker prefers these functions to the C library's. */
int open(const char *path, int flags, ...)
{
	if (is_slow)
		sem_wait(&go);
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
	int err = (int)syscall(SYS_clock_gettime, clock, time);

	time->tv_sec += (time_t)(later_ns / 1000000000);
	return err;
}

/* ---- files ---- */

/* "%s" is the root; the folders above are made. */
static char *path_of(const char *path)
{
	static char whole[4096];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	for (char *slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(whole, 0755);
		*slash = '/';
	}
	return whole;
}

static void write_bytes(const char *path, const char *text, size_t bytes)
{
	FILE *file = fopen(path_of(path), "we");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, bytes, file), bytes);
	assert_int_equal(fclose(file), 0);
}

static void write_file(const char *path, const char *text)
{
	write_bytes(path, text, strlen(text));
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *at)
{
	(void)stat;
	(void)type;
	return at->level ? remove(path) : 0;
}

static void remove_all(void)
{
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int setup(void **state)
{
	(void)state;
	umask(022);
	remove_all();
	is_slow = false;
	later_ns = 0;
	return sem_init(&go, 0, 0);
}

static int teardown(void **state)
{
	(void)state;
	is_slow = false;
	containers_forget();
	remove_all();
	return 0;
}

static int setup_all(void **state)
{
	(void)state;
	return mkdtemp(root) ? 0 : -1;
}

static int teardown_all(void **state)
{
	(void)state;
	return rmdir(root);
}

/* NULL: the name is unknown. */
static void check_names(const struct container_names *names, const char *name, const char *pod,
			const char *pod_namespace)
{
	const char *const want[] = { name, pod, pod_namespace };
	const char *const got[] = { names->name, names->pod, names->pod_namespace };

	for (int i = 0; i < 3; i++) {
		assert_int_equal(!got[i], !want[i]);
		if (want[i])
			assert_string_equal(got[i], want[i]);
	}
}

static void check(const char *name, const char *pod, const char *pod_namespace)
{
	struct container *container = containers_read(root, ID);

	assert_non_null(container);
	assert_string_equal(container->id, ID);
	check_names(&container->names, name, pod, pod_namespace);
	free(container);
}

static void check_none(void)
{
	struct container *container = containers_read(root, ID);

	if (container)
		fail_msg("found: %s", container->names.name);
}

/* ---- what runtimes write ---- */

#define CRI(type, more)                                                                            \
	"{\"ociVersion\":\"1.0.2-dev\",\"process\":{\"args\":[\"nginx\"]},\"annotations\":{"       \
	"\"io.kubernetes.cri.container-type\":\"" type "\"," more                                  \
	"\"io.kubernetes.cri.sandbox-name\":\"web-7d9\","                                          \
	"\"io.kubernetes.cri.sandbox-namespace\":\"shop\"},\"linux\":{\"cgroupsPath\":"            \
	"\"kubepods-burstable-pod1.slice:cri-containerd:" ID "\"}}\n"

static void test_containerd(void **state)
{
	static const char *const dirs[] = {
		TASKS,
		"/run/k3s/containerd/io.containerd.runtime.v2.task",
		"/run/k0s/containerd/io.containerd.runtime.v2.task",
		"/var/snap/microk8s/common/run/containerd/io.containerd.runtime.v2.task",
	};
	char path[512];

	(void)state;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/k8s.io/%s/config.json", dirs[i], ID);
		write_file(path, CRI("container", "\"io.kubernetes.cri.container-name\":\"web\","));
		check("web", "web-7d9", "shop");
		remove_all();
	}
	write_file(TASKS "/k8s.io/" ID "/config.json", CRI("sandbox", ""));
	check(NULL, "web-7d9", "shop");
	write_file(TASKS "/k8s.io/" ID "/config.json", "{\"ociVersion\":\"1.0.2\"}");
	check_none();
	write_file(TASKS "/default/" ID "/config.json",
		   "{\"annotations\":{\"nerdctl/name\":\"db\",\"nerdctl/namespace\":\"default\","
		   "\"io.kubernetes.cri.sandbox-name\":\"from an image\"}}");
	check("db", NULL, NULL);
	remove_all();
	write_file(TASKS "/k8s.io/" ID "/config.json",
		   CRI("container", "\"io.kubernetes.cri.container-name\":\"web\","
				    "\"nerdctl/name\":\"of the author of the pod\","));
	check("web", "web-7d9", "shop");
}

static void test_docker(void **state)
{
	(void)state;
	write_file(TASKS "/moby/" ID "/config.json",
		   "{\"ociVersion\":\"1.0.2\",\"annotations\":{},\"hostname\":\"0123456789ab\"}");
	write_file(DOCKER "/" ID "/config.v2.json",
		   "{\"StreamConfig\":{},\"ID\":\"" ID
		   "\",\"Config\":{\"Hostname\":\"x\",\"Labels\":"
		   "{\"io.kubernetes.container.name\":\"from an image\"}},\"Name\":\"/web\"}");
	check("web", NULL, NULL);
	write_file(DOCKER "/" ID "/config.v2.json",
		   "{\"Config\":{\"Labels\":{\"io.kubernetes.container.name\":\"web\","
		   "\"io.kubernetes.pod.name\":\"web-7d9\","
		   "\"io.kubernetes.pod.namespace\":\"shop\"}},"
		   "\"Name\":\"/k8s_web_web-7d9_shop_9e36113d_0\"}");
	check("web", "web-7d9", "shop");
	write_file(DOCKER "/" ID "/config.v2.json",
		   "{\"Config\":{\"Labels\":{\"io.kubernetes.container.name\":\"POD\","
		   "\"io.kubernetes.docker.type\":\"podsandbox\","
		   "\"io.kubernetes.pod.name\":\"web-7d9\","
		   "\"io.kubernetes.pod.namespace\":\"shop\"}},"
		   "\"Name\":\"/k8s_POD_web-7d9_shop_9e36113d_0\"}");
	check(NULL, "web-7d9", "shop");
	write_file(DOCKER "/" ID "/config.v2.json", "{\"Name\":\"/k8s_mine\"}");
	check("k8s_mine", NULL, NULL);
	write_file(DOCKER "/" ID "/config.v2.json", "{\"Name\":\"/\"}");
	check_none();
}

static void test_podman(void **state)
{
	(void)state;
	write_file(STORAGE "/" ID "/userdata/config.json",
		   "{\"annotations\":{\"io.container.manager\":\"libpod\","
		   "\"io.kubernetes.container.name\":\"from an image\"}}");
	check_none();
	write_file(
	    STORAGE "/containers.json",
	    "[{\"id\":\"" ID2 "\",\"names\":[\"other\"]},{\"id\":\"" ID "\","
	    "\"names\":[\"web\"],\"image\":\"\",\"metadata\":\"{\\\"name\\\":\\\"web\\\"}\"}]");
	check("web", NULL, NULL);
	write_file(STORAGE "/containers.json", "[]");
	check_none();
	write_file(STORAGE "/volatile-containers.json",
		   "[{\"id\":\"" ID "\",\"names\":[\"job\"],\"flags\":{\"Volatile\":true}}]");
	check("job", NULL, NULL);
}

/* The list and config.json may be in different storages. */
static void test_crio(void **state)
{
	(void)state;
	write_file(RUN_STORAGE "/" ID "/userdata/shm/x", "");
	write_file(STORAGE "/containers.json",
		   "[{\"id\":\"" ID "\",\"names\":[\"k8s_web_web-7d9_shop_9e36113d_0\"]}]");
	check("k8s_web_web-7d9_shop_9e36113d_0", NULL, NULL);
	write_file(STORAGE "/" ID "/userdata/config.json",
		   "{\"annotations\":{\"io.kubernetes.container.name\":\"web\","
		   "\"io.kubernetes.cri-o.ContainerType\":\"container\","
		   "\"io.kubernetes.pod.name\":\"web-7d9\","
		   "\"io.kubernetes.pod.namespace\":\"shop\"}}");
	check("web", "web-7d9", "shop");
	write_file(STORAGE "/" ID "/userdata/config.json",
		   "{\"annotations\":{\"io.kubernetes.container.name\":\"POD\","
		   "\"io.kubernetes.pod.name\":\"web-7d9\","
		   "\"io.kubernetes.pod.namespace\":\"shop\"}}");
	check(NULL, "web-7d9", "shop");
}

/* ---- hostile files ---- */

#define CONFIG DOCKER "/" ID "/config.v2.json"

/* No path is made of an id that is none. */
static void test_ids(void **state)
{
	static const char *const bad[] = {
		"",
		"web",
		"..",
		"../" ID,
		ID "0",
		ID "/..",
		"/etc/passwd",
		"0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
		"../456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(containers_read(root, bad[i]));
}

static void test_no_regular_file(void **state)
{
	char elsewhere[4096];

	(void)state;
	write_file("/elsewhere/config.v2.json", "{\"Name\":\"/mine\"}");
	assert_int_equal(mkfifo(path_of(CONFIG), 0644), 0);
	check_none();
	unlink(path_of(CONFIG));
	assert_int_equal(mkdir(path_of(CONFIG), 0755), 0);
	check_none();
	rmdir(path_of(CONFIG));
	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere/config.v2.json", root);
	assert_int_equal(symlink(elsewhere, path_of(CONFIG)), 0);
	check_none();
	unlink(path_of(CONFIG));
	rmdir(path_of(DOCKER "/" ID));
	*strrchr(elsewhere, '/') = '\0';
	assert_int_equal(symlink(elsewhere, path_of(DOCKER "/" ID)), 0);
	check_none();
}

/* The whole folder may be on another disk. */
static void test_moved(void **state)
{
	char elsewhere[4096];

	(void)state;
	write_file("/disk/containers/" ID "/config.v2.json", "{\"Name\":\"/web\"}");
	snprintf(elsewhere, sizeof(elsewhere), "%s/disk", root);
	assert_int_equal(symlink(elsewhere, path_of("/var/lib/docker")), 0);
	check("web", NULL, NULL);
}

static void test_of_others(void **state)
{
	(void)state;
	write_file(CONFIG, "{\"Name\":\"/web\"}");
	check("web", NULL, NULL);
	chmod(path_of(CONFIG), 0666);
	check_none();
	chmod(path_of(CONFIG), 0664);
	check_none();
	chmod(path_of(CONFIG), 0600);
	check("web", NULL, NULL);
	chmod(path_of(DOCKER), 01777);
	check_none();
	chmod(path_of(DOCKER), 0710);
	check("web", NULL, NULL);
	if (chown(path_of(CONFIG), 65534, 0)) /* only root can */
		skip();
	check_none();
	assert_int_equal(chown(path_of(CONFIG), 0, 0), 0);
	assert_int_equal(chown(path_of(DOCKER), 65534, 0), 0);
	check_none();
}

static void test_no_json(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"{",
		"{\"Name\":\"/web\"",
		"x",
		"[]",
		"null",
		"\"Name\"",
		"{}",
		"{\"Name\":null}",
		"{\"Name\":17}",
		"{\"Name\":[\"/web\"]}",
		"{\"Name\":{}}",
		"{\"Name\":\"\"}",
		"{\"Name\":\"/a\\u0000b\"}",
		"{\"Config\":{\"Labels\":[]}}",
		"{\"Config\":\"Labels\"}",
		"{\"Name\":true,\"Config\":{\"Labels\":\"x\"}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_file(CONFIG, texts[i]);
		check_none();
	}
	unlink(path_of(CONFIG));
	write_file(STORAGE "/" ID "/userdata/config.json", "{\"annotations\":[1]}");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_file(STORAGE "/containers.json", texts[i]);
		check_none();
	}
	write_file(STORAGE "/containers.json",
		   "[1,null,{\"id\":1},{\"id\":\"" ID "\",\"names\":\"web\"}]");
	check_none();
	write_file(STORAGE "/containers.json", "[{\"id\":\"" ID "\",\"names\":[]}]");
	check_none();
}

static void test_deep(void **state)
{
	const size_t levels = 100000;
	char *text = malloc(2 * levels + 64);
	size_t n;

	(void)state;
	n = sprintf(text, "{\"Name\":\"/web\",\"x\":");
	memset(text + n, '[', levels);
	memset(text + n + levels, ']', levels);
	text[n + 2 * levels] = '}';
	write_bytes(CONFIG, text, n + 2 * levels + 1);
	free(text);
	check_none();
}

static void test_huge(void **state)
{
	(void)state;
	write_file(CONFIG, "{\"Name\":\"/web\"}");
	assert_int_equal(truncate(path_of(CONFIG), (1 << 20) + 1), 0);
	check_none();
	assert_int_equal(truncate(path_of(CONFIG), (off_t)1 << 40), 0);
	check_none();
}

static void check_length(size_t bytes, bool is_found)
{
	char text[512], name[CONTAINERS_NAME_BYTES + 64];

	memset(name, 'x', bytes);
	name[bytes] = '\0';
	snprintf(text, sizeof(text), "{\"Name\":\"%s\"}", name);
	write_file(CONFIG, text);
	if (is_found)
		check(name, NULL, NULL);
	else
		check_none();
}

/* Formats escape a name; here it is as it is. */
static void test_names(void **state)
{
	(void)state;
	check_length(255, true);
	check_length(256, false);
	write_file(CONFIG, "{\"Name\":\"/\\u001b]0;x\\u0007\\n\\\"\xff\"}");
	check("\33]0;x\a\n\"\xff", NULL, NULL);
}

/* ---- all ---- */

static size_t free_all(struct container *all)
{
	struct container *container, *next;
	size_t n = HASH_COUNT(all);

	HASH_ITER (hh, all, container, next) {
		HASH_DEL(all, container);
		free(container);
	}
	return n;
}

static void write_docker(unsigned int number)
{
	char path[256], text[64];

	snprintf(path, sizeof(path), DOCKER "/%064x/config.v2.json", number);
	snprintf(text, sizeof(text), "{\"Name\":\"/c%u\"}", number);
	write_file(path, text);
}

static void test_all(void **state)
{
	(void)state;
	assert_null(containers_read_all(root, 10));
	for (unsigned int i = 0; i < 20; i++)
		write_docker(i);
	write_file(DOCKER "/x/config.v2.json", "{\"Name\":\"/x\"}");
	write_file(DOCKER "/" ID2 "/config.v2.json", "{\"Name\":\"/moby\"}");
	write_file(TASKS "/moby/" ID2 "/config.json", "{}");
	write_file(TASKS "/k8s.io/" ID "/config.json", CRI("sandbox", ""));
	write_file(STORAGE "/containers.json", "[{\"id\":\"" ID "\",\"names\":[\"web\"]}]");
	write_file(STORAGE "/" ID "/userdata/config.json", "{}");
	assert_int_equal(free_all(containers_read_all(root, 100)), 22);
	assert_int_equal(free_all(containers_read_all(root, 10)), 10);
}

/* ---- remembering ---- */

static const char *name_of(const char *id)
{
	const struct container_names *names = containers_names(id);

	return names ? names->name : NULL;
}

static const char *id_of(unsigned int number)
{
	static char id[CGROUP_ID_BYTES + 1];

	snprintf(id, sizeof(id), "%064x", number);
	return id;
}

static const char *await_name(const char *id)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	for (int i = 0; i < 10000 && !name_of(id); i++)
		nanosleep(&pause, NULL);
	return name_of(id);
}

/* As in a replay: the files of this machine say nothing of another. */
static void test_not_started(void **state)
{
	(void)state;
	write_file(CONFIG, "{\"Name\":\"/web\"}");
	assert_null(containers_names(ID));
}

/* Of a container that was not there at the start: whether the first event has its name. */
static bool is_known_at_once(unsigned int number)
{
	write_docker(number);
	later_ns += 2000000000; /* it may wait */
	return name_of(id_of(number));
}

/*
 * Those that are there at the start, and those that come later, are known from the first event on:
 * a machine that is busy is too slow for some of the latter.
 */
static void test_first_event(void **state)
{
	const struct container_names *names;
	unsigned int number = 0;

	(void)state;
	write_file(CONFIG, "{\"Name\":\"/web\"}");
	containers_start(root);
	unlink(path_of(CONFIG));
	assert_string_equal(name_of(ID), "web");
	while (!is_known_at_once(number))
		assert_in_range(++number, 1, 50);
	write_file(TASKS "/k8s.io/" ID2 "/config.json",
		   CRI("container", "\"io.kubernetes.cri.container-name\":\"web\","));
	await_name(ID2);
	names = containers_names(ID2 "/behind it");
	assert_non_null(names);
	check_names(names, "web", "web-7d9", "shop");
	remove_all();
	containers_release();
	assert_ptr_equal(containers_names(ID2), names);
	assert_string_equal(name_of(ID), "web");
}

/* What is not there is not searched for with each event, but some time later again. */
static void test_found_later(void **state)
{
	(void)state;
	containers_start(root);
	assert_null(name_of(ID));
	write_file(CONFIG, "{\"Name\":\"/web\"}");
	assert_null(name_of(ID));
	later_ns = 6000000000;
	assert_string_equal(await_name(ID), "web");
}

/* However slow files are, events wait 10 ms once, and 20 in a second. */
static void test_slow(void **state)
{
	uint64_t begin, end;

	(void)state;
	containers_start(root);
	for (unsigned int i = 0; i < 200; i++)
		write_docker(i);
	is_slow = true;
	begin = clock_monotonic_ns();
	assert_null(name_of(id_of(0)));
	end = clock_monotonic_ns();
	assert_in_range(end - begin, 10000000, 500000000);
	for (unsigned int i = 1; i < 200; i++)
		assert_null(name_of(id_of(i)));
	assert_in_range(clock_monotonic_ns() - end, 5000000, 500000000);
	is_slow = false;
	sem_post(&go);
	assert_string_equal(await_name(id_of(199)), "c199");
	assert_string_equal(name_of(id_of(0)), "c0");
}

/* A thread that is waiting for a file does not hold up the end. */
static void test_slow_start(void **state)
{
	uint64_t begin = clock_monotonic_ns();

	(void)state;
	write_file(CONFIG, "{\"Name\":\"/web\"}");
	is_slow = true;
	containers_start(root);
	assert_null(name_of(ID));
	containers_forget();
	assert_in_range(clock_monotonic_ns() - begin, 100000000, 2000000000);
	is_slow = false;
	sem_post(&go);
	while (containers_start(root), !name_of(ID))
		containers_forget();
}

/* Ids that somebody makes up replace nothing that was found. */
static void test_flood(void **state)
{
	(void)state;
	write_file(CONFIG, "{\"Name\":\"/web\"}");
	containers_start(root);
	remove_all();
	for (unsigned int i = 0; i < 5 * CONTAINERS_MAX; i++)
		assert_null(name_of(id_of(i)));
	assert_string_equal(name_of(ID), "web");
}

/* As many as there is room for; a name that is replaced is good until it is released. */
static void test_bounded(void **state)
{
	const char *first;

	(void)state;
	containers_start(root);
	write_docker(0);
	first = await_name(id_of(0));
	assert_string_equal(first, "c0");
	for (unsigned int i = 1; i <= CONTAINERS_MAX; i++) {
		write_docker(i);
		later_ns += 2000000000; /* events may wait again */
		assert_non_null(await_name(id_of(i)));
	}
	assert_string_equal(first, "c0");
	containers_release();
	remove_all();
	assert_string_equal(name_of(id_of(1)), "c1");
	assert_null(name_of(id_of(0)));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_containerd),	TEST(test_docker),	TEST(test_podman),
		TEST(test_crio),	TEST(test_ids),		TEST(test_no_regular_file),
		TEST(test_moved),	TEST(test_of_others),	TEST(test_no_json),
		TEST(test_deep),	TEST(test_huge),	TEST(test_names),
		TEST(test_all),		TEST(test_not_started), TEST(test_first_event),
		TEST(test_found_later), TEST(test_slow),	TEST(test_slow_start),
		TEST(test_flood),	TEST(test_bounded),
	};

	return cmocka_run_group_tests(tests, setup_all, teardown_all);
}
