// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/containers_parse.h"

#include <json-c/json.h>
#include <string.h>

/* Runtimes need 10. Each level takes memory of the parser's. */
enum { DEPTH_MAX = 32 };

/* Where the names are; NULL: nowhere. */
struct containers_keys {
	const char *name, *pod, *pod_namespace;
};

/* Annotations by containerd's part for Kubernetes; by nerdctl; labels by the kubelet. */
static const struct containers_keys cri_keys = {
	"io.kubernetes.cri.container-name",
	"io.kubernetes.cri.sandbox-name",
	"io.kubernetes.cri.sandbox-namespace",
};
static const struct containers_keys nerdctl_keys = { "nerdctl/name", NULL, NULL };
static const struct containers_keys kubelet_keys = {
	"io.kubernetes.container.name",
	"io.kubernetes.pod.name",
	"io.kubernetes.pod.namespace",
};

bool containers_found_any(const struct containers_found *found)
{
	return found->name[0] || found->pod[0] || found->pod_namespace[0];
}

struct json_object *containers_parse(const char *text, size_t bytes)
{
	struct json_tokener *parser = json_tokener_new_ex(DEPTH_MAX);
	struct json_object *object;

	if (!parser)
		return NULL;
	object = json_tokener_parse_ex(parser, text, bytes);
	if (json_tokener_get_error(parser) != json_tokener_success) {
		json_object_put(object);
		object = NULL;
	}
	json_tokener_free(parser);
	return object;
}

/* NULL: `object` is none, or has no such member. */
static struct json_object *containers_member(struct json_object *object, const char *key)
{
	struct json_object *member = NULL;

	if (key && json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, key, &member);
	return member;
}

/* A text without NUL, or nothing. */
static void containers_copy(char to[CONTAINERS_NAME_BYTES], struct json_object *from)
{
	const char *text;
	size_t bytes;

	if (!json_object_is_type(from, json_type_string))
		return;
	text = json_object_get_string(from);
	bytes = json_object_get_string_len(from);
	if (bytes < CONTAINERS_NAME_BYTES && !memchr(text, '\0', bytes))
		memcpy(to, text, bytes + 1);
}

/* What only holds a pod together is called POD by the kubelet, and has no name elsewhere. */
static struct containers_found containers_find(struct json_object *object,
					       const struct containers_keys *keys)
{
	struct containers_found found = { 0 };

	containers_copy(found.name, containers_member(object, keys->name));
	containers_copy(found.pod, containers_member(object, keys->pod));
	containers_copy(found.pod_namespace, containers_member(object, keys->pod_namespace));
	if (found.pod[0] && !strcmp(found.name, "POD"))
		found.name[0] = '\0';
	return found;
}

struct containers_found containers_parse_containerd(struct json_object *config, bool is_of_pod)
{
	struct json_object *annotations = containers_member(config, "annotations");
	const struct containers_keys *keys[] = { &nerdctl_keys, &cri_keys };
	struct containers_found found = containers_find(annotations, keys[is_of_pod]);

	return containers_found_any(&found) ? found
					    : containers_find(annotations, keys[!is_of_pod]);
}

/* k8s_CONTAINER_POD_NAMESPACE_...: then the labels are the kubelet's. */
static struct containers_found containers_of_name(const char *name, struct json_object *labels)
{
	struct containers_found found = { 0 };

	if (!strncmp(name, "k8s_", 4))
		found = containers_find(labels, &kubelet_keys);
	if (!containers_found_any(&found))
		strcpy(found.name, name);
	return found;
}

struct containers_found containers_parse_docker(struct json_object *config)
{
	char name[CONTAINERS_NAME_BYTES] = "";

	containers_copy(name, containers_member(config, "Name"));
	return containers_of_name(name + (name[0] == '/'),
				  containers_member(containers_member(config, "Config"), "Labels"));
}

/* NULL: it is not listed. */
static struct json_object *containers_of_list(struct json_object *list, const char *id)
{
	size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		struct json_object *of = containers_member(item, "id");

		if (json_object_is_type(of, json_type_string) &&
		    !strcmp(json_object_get_string(of), id))
			return item;
	}
	return NULL;
}

struct containers_found containers_parse_storage(struct json_object *list, const char *id,
						 struct json_object *config)
{
	struct json_object *names = containers_member(containers_of_list(list, id), "names");
	char name[CONTAINERS_NAME_BYTES] = "";

	if (json_object_is_type(names, json_type_array) && json_object_array_length(names))
		containers_copy(name, json_object_array_get_idx(names, 0));
	return containers_of_name(name, containers_member(config, "annotations"));
}
