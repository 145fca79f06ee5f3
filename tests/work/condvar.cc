// SPDX-License-Identifier: GPL-2.0-only
/* not on arm64: it reads the TSC */
/* build: -O2 -fomit-frame-pointer -s */
/*
 * condvar ITEMS: two threads hand numbers to each other, through two queues with std::condition_variable, without frame pointers: each
 * waits for the other's in turn. After a quarter as many to warm up it runs span_begin() and span_end() of loads.
 */
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

extern "C" {
#include "loads/span.c"
}

template <typename T> class Queue {
	std::mutex mutex;
	std::condition_variable items;
	std::deque<T> all;

public:
	void put(T item)
	{
		std::unique_lock<std::mutex> held(mutex);

		all.push_back(item);
		held.unlock();
		items.notify_one();
	}

	T take()
	{
		std::unique_lock<std::mutex> held(mutex);

		items.wait(held, [this] { return !all.empty(); });
		T item = all.front();
		all.pop_front();
		return item;
	}
};

static void turns(long items)
{
	Queue<long> there, back;
	std::function<long(long)> ask = [&](long n) {
		there.put(n);
		return back.take();
	};
	std::thread other([&] {
		for (long n = 0; n < items; n++)
			back.put(there.take() + 1);
	});

	for (long n = 0; n < items; n++)
		ask(n);
	other.join();
}

int main(int argc, char **argv)
{
	long items = argc > 1 ? atol(argv[1]) : 1000;

	turns(items / 4);
	span_begin();
	turns(items);
	span_end();
	return 0;
}
