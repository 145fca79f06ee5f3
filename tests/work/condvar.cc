// SPDX-License-Identifier: GPL-2.0-only
/* not on arm64: it reads the TSC */
/* build: -O2 -fomit-frame-pointer -s */
/*
 * condvar ITEMS: two threads put numbers into a queue of four places and two take them out, with std::condition_variable, without frame
 * pointers. After a quarter as many to warm up it runs span_begin() and span_end() of loads.
 */
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

extern "C" {
#include "loads/span.c"
}

template <typename T> class Queue {
	std::mutex mutex;
	std::condition_variable room, items;
	std::deque<T> all;

public:
	void put(T item)
	{
		std::unique_lock<std::mutex> held(mutex);

		room.wait(held, [this] { return all.size() < 4; });
		all.push_back(item);
		items.notify_one();
	}

	T take()
	{
		std::unique_lock<std::mutex> held(mutex);

		items.wait(held, [this] { return !all.empty(); });
		T item = all.front();
		all.pop_front();
		room.notify_one();
		return item;
	}
};

static void turns(long items)
{
	Queue<long> queue;
	std::vector<std::thread> threads;

	for (int i = 0; i < 2; i++) {
		std::function<void(long)> put = [&queue](long n) { queue.put(n); };
		std::function<long()> take = [&queue] { return queue.take(); };

		threads.emplace_back([put, items] {
			for (long n = 0; n < items / 2; n++)
				put(n);
		});
		threads.emplace_back([take, items] {
			for (long n = 0; n < items / 2; n++)
				take();
		});
	}
	for (auto &thread : threads)
		thread.join();
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
