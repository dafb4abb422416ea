// SPDX-License-Identifier: GPL-2.0-only
/*
 * The environment variables of a process, as they are shown: without secrets, and as far as there
 * is room. What one value leaves of the room, those behind it have.
 */
#include "format/fields_internal.h"

#include "event/env.h"

enum { SHOWN_ENV = 512, SHOWN_ANCESTOR_ENV = 256 };

/* Those that nothing is known of count, too: they are not unset. */
static bool fields_has_variables(const struct process *process)
{
	const char *at = process->env, *end = at + process->env_bytes;
	struct env_variable variable;

	while (env_next(&at, end, &variable))
		if (variable.sign)
			return true;
	return false;
}

static size_t fields_count_values(const struct process *process)
{
	const char *at = process->env, *end = at + process->env_bytes;
	struct env_variable variable;
	size_t n = 0;

	while (env_next(&at, end, &variable))
		n += env_has_value(&variable);
	return n;
}

/*
 * Of a value that is cut, the last word may be the start of "user:password@", which only its end
 * would show: it gets one.
 */
static void fields_redact_words(struct strbuf *out, const struct env_variable *variable,
				const char *secret_names)
{
	bool is_cut = variable->sign == KS_ENV_CUT;
	char words[KS_ENV_ITEM_BYTES + 1];
	size_t bytes = variable->value_bytes;

	memcpy(words, variable->value, bytes);
	if (is_cut)
		words[bytes++] = '@';
	redact_argv(out, words, bytes, secret_names);
	if (is_cut && out->len && out->data[out->len - 1] == '@')
		strbuf_cut(out, out->len - 1);
}

static void fields_redact_value(const struct field_context *context,
				const struct env_variable *variable)
{
	const char *names = context->secret_names;

	strbuf_reset(context->redacted);
	if (redact_is_secret_name(variable->name, variable->name_bytes, names))
		strbuf_adds(context->redacted, REDACTED);
	else
		fields_redact_words(context->redacted, variable, names);
}

/* Returns whether all that is known of it is shown. */
static bool fields_add_value(const struct field_context *context,
			     const struct env_variable *variable, size_t *budget)
{
	const char *value = variable->value;
	size_t bytes = variable->value_bytes, shown;

	if (context->redacted) {
		fields_redact_value(context, variable);
		value = strbuf_str(context->redacted);
		bytes = context->redacted->len;
	}
	shown = escape_take_head(value, bytes, budget);
	strbuf_addc(context->env, shown < bytes ? KS_ENV_CUT : variable->sign);
	strbuf_add(context->env, value, shown);
	return shown == bytes;
}

static void fields_add_variable(const struct field_context *context, struct value *ret,
				const struct env_variable *variable, size_t *budget)
{
	strbuf_add(context->env, variable->name, variable->name_bytes);
	if (env_has_value(variable) && !fields_add_value(context, variable, budget))
		ret->cut_end = true;
	if (variable->sign == KS_ENV_UNKNOWN)
		strbuf_addc(context->env, KS_ENV_UNKNOWN);
	if (variable->sign == KS_ENV_UNKNOWN || variable->sign == KS_ENV_CUT)
		ret->cut_end = true;
	strbuf_addc(context->env, '\0');
}

/* They were asked for and could not be read, but for threads of the kernel, which have none. */
static bool fields_is_env_unknown(const struct field_context *context,
				  const struct process *process)
{
	return context->has_env && !(process && process->flags & KS_FLAG_KTHREAD);
}

/* `budget`: for all the values, in bytes of output. */
static void fields_set_env(const struct field_context *context, struct value *ret,
			   const struct process *process, size_t budget)
{
	const char *at = process->env, *end = at + process->env_bytes;
	size_t n = fields_count_values(process);
	struct env_variable variable;

	ret->kind = VALUE_ENV;
	ret->has_variables = fields_has_variables(process);
	strbuf_reset(context->env);
	while (env_next(&at, end, &variable)) {
		size_t share = n ? budget / n : 0, left = share;

		fields_add_variable(context, ret, &variable, &left);
		if (!env_has_value(&variable))
			continue;
		budget -= share - left;
		n--;
	}
	ret->text = strbuf_str(context->env);
	ret->bytes = context->env->len;
}

GET_PUBLIC(field_get_env, struct task)
{
	if (from->process && from->process->env)
		fields_set_env(context, ret, from->process, SHOWN_ENV);
	else
		ret->is_unknown = fields_is_env_unknown(context, from->process);
	ret->task = from;
}

GET_PUBLIC(field_get_ancestor_env, struct ancestor)
{
	if (from->process && from->process->env)
		fields_set_env(context, ret, from->process, SHOWN_ANCESTOR_ENV);
	else
		ret->is_unknown = fields_is_env_unknown(context, from->process);
}
