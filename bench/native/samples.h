// What every native bench program shares: timed repeats and one JSON line per measured thing on stdout, which
// bench/harness.ts reads. A program that finds a wrong result says so on stderr and exits 1 before it times anything.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <vector>

#include "clock/clock.h"

namespace tcx::bench {

struct Contender {
  const char* name;
  double operations;  // per call of `body`
  std::function<void()> body;
  std::vector<double> samples;  // ns per operation
};

// Runs every body once unmeasured and then `repeats` rounds of all, one after the other: what disturbs the machine for
// a moment disturbs them all. Prints the samples.
inline void compare(int repeats, std::vector<Contender> contenders) {
  for (Contender& contender : contenders) contender.body();
  for (int repeat = 0; repeat < repeats; ++repeat) {
    for (Contender& contender : contenders) {
      const std::int64_t begin = clock::monotonic_ns();
      contender.body();
      contender.samples.push_back(static_cast<double>(clock::monotonic_ns() - begin) / contender.operations);
    }
  }
  for (const Contender& contender : contenders) {
    std::printf("{\"name\":\"%s\",\"samples\":[", contender.name);
    for (std::size_t index = 0; index < contender.samples.size(); ++index) {
      std::printf("%s%.3f", index == 0 ? "" : ",", contender.samples[index]);
    }
    std::printf("]}\n");
  }
}

// Keeps a value the optimiser would otherwise see is unused.
template <typename Value>
void keep(const Value& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

}  // namespace tcx::bench
