// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel thread that computes on CPU 0, most of the time at the first byte of a function: where an interrupt finds it, a thread that is preempted
 * stands there. At first of the function with which the text of this module begins, until /sys/module/ptop_first/parameters/next is set; then
 * of another one.
 */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

static struct task_struct *thread;
static bool next, stop;
module_param(next, bool, 0644);

/* Until the byte at @until isn't 0. */
void ptop_first_of_all(const bool *until);
void ptop_first_byte(const bool *until);

#ifdef CONFIG_X86_64
#define LOOP(name)							\
	"cmpb	$0, (%rdi)\n\t"						\
	"je	" name "\n\t"						\
	ASM_RET
#else
#define LOOP(name)							\
	"ldrb	w1, [x0]\n\t"						\
	"cbz	w1, " name "\n\t"					\
	"ret\n\t"
#endif
#define FUNCTION(name)							\
	".balign 16\n\t"						\
	".type	" name ", %function\n"					\
	name ":\n\t"							\
	LOOP(name)							\
	".size	" name ", . - " name "\n\t"

asm(".pushsection .text\n\t"
    FUNCTION("ptop_first_of_all")
    FUNCTION("ptop_first_byte")
    ".popsection");

static noinline void ptop_first_caller(void)
{
	ptop_first_of_all(&next);
	ptop_first_byte(&stop);
	barrier();
}

static int ptop_first_thread(void *unused)
{
	ptop_first_caller();
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ);
	return 0;
}

static int __init ptop_first_init(void)
{
	thread = kthread_create(ptop_first_thread, NULL, "ptop_first");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	kthread_bind(thread, 0);
	wake_up_process(thread);
	return 0;
}

static void __exit ptop_first_exit(void)
{
	WRITE_ONCE(next, true);
	WRITE_ONCE(stop, true);
	kthread_stop(thread);
}

module_init(ptop_first_init);
module_exit(ptop_first_exit);
MODULE_DESCRIPTION("a kernel thread that is interrupted at the first byte of a function, for perftop's tests");
MODULE_LICENSE("GPL");
