// SPDX-License-Identifier: GPL-2.0-only
#include "events.h"

static struct text_table table;

static int teardown(void **state)
{
	(void)state;
	texts_clear(&table);
	return table.texts != NULL;
}

static void add(uint64_t id, const char *text)
{
	assert_int_equal(texts_add(&table, KS_TEXT_LABEL, id, text, strlen(text), false), 0);
}

static void test_find(void **state)
{
	(void)state;
	assert_null(texts_find_label(&table, 10));
	add(10, "profile");
	assert_string_equal(texts_find_label(&table, 10)->text, "profile");
	assert_int_equal(texts_find_label(&table, 10)->bytes, 7);
	assert_null(texts_find_label(&table, 11));
}

/* Those that have no record, and that there may be none. */
static void test_fixed(void **state)
{
	(void)state;
	assert_null(texts_find_label(&table, KS_LABEL_NONE));
	assert_string_equal(texts_find_label(&table, KS_LABEL_UNCONFINED)->text, "unconfined");
	assert_string_equal(texts_find_label(&table, KS_LABEL_KERNEL)->text, "kernel");
	assert_ptr_equal(texts_find_label(&table, KS_LABEL_KERNEL),
			 texts_find_label(&table, KS_LABEL_KERNEL));
	assert_null(texts_find_label(&table, KS_LABEL_FIRST));
}

/* Told again: events that have it go on having the same. */
static void test_again(void **state)
{
	struct shared_text *label;

	(void)state;
	add(10, "profile");
	label = texts_find_label(&table, 10);
	add(10, "profile");
	assert_ptr_equal(texts_find_label(&table, 10), label);
	assert_int_equal(label->references, 1);
}

static void test_bytes(void **state)
{
	const struct shared_text *label;

	(void)state;
	assert_int_equal(texts_add(&table, KS_TEXT_LABEL, 10, "a\0b", 3, true), 0);
	assert_int_equal(texts_add(&table, KS_TEXT_LABEL, 11, "", 0, false), 0);
	label = texts_find_label(&table, 10);
	assert_memory_equal(label->text, "a\0b", 4);
	assert_int_equal(label->bytes, 3);
	assert_true(label->is_cut);
	assert_int_equal(texts_find_label(&table, 11)->bytes, 0);
	assert_false(texts_find_label(&table, 11)->is_cut);
}

/* What was used last stays, whoever came first; and what events have stays for them. */
static void test_bound(void **state)
{
	struct shared_text *kept;

	(void)state;
	for (uint64_t id = 0; id < TEXTS_MAX; id++)
		add(KS_LABEL_FIRST + id, "text");
	assert_non_null(texts_find_label(&table, KS_LABEL_FIRST));
	kept = texts_get(table.texts);
	assert_int_equal(kept->id, KS_LABEL_FIRST + 1);
	add(KS_LABEL_FIRST + TEXTS_MAX, "one too many");
	assert_int_equal(HASH_COUNT(table.texts), TEXTS_MAX);
	assert_non_null(texts_find_label(&table, KS_LABEL_FIRST));
	assert_non_null(texts_find_label(&table, KS_LABEL_FIRST + TEXTS_MAX));
	assert_null(texts_find_label(&table, KS_LABEL_FIRST + 1));
	assert_string_equal(kept->text, "text");
	texts_put(kept);
	texts_put(NULL);
	assert_null(texts_get(NULL));
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_find),  TEST(test_fixed), TEST(test_again),
		TEST(test_bytes), TEST(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
