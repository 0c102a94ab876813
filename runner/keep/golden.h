#ifndef KEEP_GOLDEN_H
#define KEEP_GOLDEN_H
/*
 * Golden sandboxes (shared/wire/golden.h): one of each template is booted when the machine has
 * nothing else to start, left alone until it has come to rest, and saved; from then on a new
 * sandbox is a clone of it.
 *
 * They are nobody's: not in the store, not in the list of boxes, not counted by admission.
 * Whatever goes wrong with one, sandboxes start from nothing meanwhile, and it is made again,
 * after a pause when that does not help.
 */
#include "keep.h"

void golden_start(struct keep *k);
void golden_tick(struct keep *k);
/* True and the checkpoint's id when there is one. */
bool golden_image(struct keep *k, const char *template_name, char image[ID_SIZE]);
/* No clone came of that image: it is not used again, and another is made. */
void golden_failed(struct keep *k, const char *template_name, const char *image,
    const char *words);
/* A clone is up. */
void golden_worked(const char *template_name);

/* What launch says about one. */
void golden_heard(struct keep *k, const struct launch_msg *m);
/* launch has one running. */
void golden_listed(struct keep *k, const char *id);
/* launch was killed and started again: what it was asked for is not answered. */
void golden_launch_restarted(struct keep *k);
/* The guest's connection: what it says of its workload; that a file was written; that it is
 * held. */
void golden_state(struct keep *k, struct box *b, uint32_t state);
void golden_applied(struct keep *k, struct box *b);
void golden_held(struct keep *k, struct box *b);

#endif
