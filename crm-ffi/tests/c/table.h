// Tables made by hand: what every array and stream of them has in common.

#include <crm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(what) \
    do { \
        if (!(what)) { \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what); \
            exit(1); \
        } \
    } while (0)

static int streams_released;

static void release_schema(struct ArrowSchema *schema)
{
    for (int64_t i = 0; i < schema->n_children; i++) {
        if (schema->children[i]->release) schema->children[i]->release(schema->children[i]);
        free(schema->children[i]);
    }
    free(schema->children);
    schema->release = NULL;
}

static void release_array(struct ArrowArray *array)
{
    for (int64_t i = 0; i < array->n_children; i++) {
        if (array->children[i]->release) array->children[i]->release(array->children[i]);
        free(array->children[i]);
    }
    free(array->children);
    free(array->buffers);
    array->release = NULL;
}

static void make_schema(struct ArrowSchema *schema, const char *format, const char *name, int64_t children)
{
    memset(schema, 0, sizeof *schema);
    schema->format = format;
    schema->name = name;
    schema->flags = ARROW_FLAG_NULLABLE;
    schema->n_children = children;
    schema->children = children ? calloc((size_t)children, sizeof *schema->children) : NULL;
    schema->release = release_schema;
    for (int64_t i = 0; i < children; i++) schema->children[i] = malloc(sizeof **schema->children);
}

static void make_array(struct ArrowArray *array, int64_t length, int64_t buffers, int64_t children, int64_t nulls)
{
    memset(array, 0, sizeof *array);
    array->length = length;
    array->null_count = nulls;
    array->n_buffers = buffers;
    array->buffers = calloc((size_t)buffers, sizeof *array->buffers);
    array->n_children = children;
    array->children = children ? calloc((size_t)children, sizeof *array->children) : NULL;
    array->release = release_array;
    for (int64_t i = 0; i < children; i++) array->children[i] = malloc(sizeof **array->children);
}

static const char *get_last_error(struct ArrowArrayStream *stream)
{
    (void)stream;
    return NULL;
}

static void release_stream(struct ArrowArrayStream *stream)
{
    streams_released++;
    stream->release = NULL;
}
