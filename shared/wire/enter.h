#ifndef WIRE_ENTER_H
#define WIRE_ENTER_H
/*
 * The way into a running Carrel for a program that root starts from outside (carrelctl,
 * sweep): the mount namespace in which /run/carrel is its own.
 */
#include "../base/err.h"

/* var: its state folder.  1: we are inside (the working folder is / then), 0: no Carrel runs
 * with that folder, −1.  The caller must have one thread. */
int enter_carrel(const char *var, struct err *e);

#endif
