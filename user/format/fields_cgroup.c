// SPDX-License-Identifier: GPL-2.0-only
/* The fields of the units and the container that a process is in. */
#include "format/fields_internal.h"

/* In bytes of output. */
enum {
	SHOWN_UNIT = 512,
	SHOWN_CONTAINER = 256,
	SHOWN_CONTAINER_NAME = 128,
	SHOWN_POD = 256,
	SHOWN_POD_NAMESPACE = 64,
};

GET_PUBLIC(field_get_unit, struct task)
{
	if (from->process)
		set_head(ret, from->process->unit.text, from->process->unit.bytes, SHOWN_UNIT);
}

GET_PUBLIC(field_get_user_unit, struct task)
{
	if (from->process)
		set_head(ret, from->process->user_unit.text, from->process->user_unit.bytes,
			 SHOWN_UNIT);
}

GET_PUBLIC(field_get_container, struct task)
{
	if (from->process)
		set_head(ret, from->process->container.text, from->process->container.bytes,
			 SHOWN_CONTAINER);
	ret->task = from;
}

#define NAME_OF_CONTAINER(getter, member, budget)                                                  \
	GET_PUBLIC(getter, struct task)                                                            \
	{                                                                                          \
		const char *text = from->container ? from->container->member : NULL;               \
                                                                                                   \
		set_head(ret, text, text ? strlen(text) : 0, budget);                              \
	}

NAME_OF_CONTAINER(field_get_container_name, name, SHOWN_CONTAINER_NAME)
NAME_OF_CONTAINER(field_get_pod, pod, SHOWN_POD)
NAME_OF_CONTAINER(field_get_pod_namespace, pod_namespace, SHOWN_POD_NAMESPACE)
