/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of container runtimes say of a container. Only what a runtime itself writes is
 * taken: labels may come from the author of an image.
 */
#ifndef KS_CONTAINERS_PARSE_H
#define KS_CONTAINERS_PARSE_H

#include <stdbool.h>
#include <stddef.h>

struct json_object;

enum { CONTAINERS_NAME_BYTES = 256 };

/* Names, ended by NUL; "": unknown. Longer ones are none: no runtime gives such. */
struct containers_found {
	char name[CONTAINERS_NAME_BYTES];
	char pod[CONTAINERS_NAME_BYTES];
	char pod_namespace[CONTAINERS_NAME_BYTES];
};

bool containers_found_any(const struct containers_found *found);

/* The text, if it is JSON and not too deep, to be freed by json_object_put(); or NULL. */
struct json_object *containers_parse(const char *text, size_t bytes);

/*
 * OCI's config.json. `is_of_pod`: in the namespace of Kubernetes, where only its annotations are
 * not the author's of the pod; elsewhere they may be those of the image.
 */
struct containers_found containers_parse_containerd(struct json_object *config, bool is_of_pod);

/* The names in Docker's config.v2.json. */
struct containers_found containers_parse_docker(struct json_object *config);

/*
 * The names in the storage that Podman and CRI-O have in common: its list of containers, and the
 * config.json of that one, which may be NULL.
 */
struct containers_found containers_parse_storage(struct json_object *list, const char *id,
						 struct json_object *config);

#endif
