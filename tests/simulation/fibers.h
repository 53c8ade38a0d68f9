// Many flows of control in one thread, and a clock that only they move: a fiber runs until it waits, then the seed chooses who is
// next. Nothing here depends on real time or on addresses, so a seed replays to the letter.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace carillon::simulation {

// Thrown out of a wait when the fiber's process was killed: unwinds its stack, as a crash would not; no port does anything on the way.
struct Killed {};

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  // 0 .. below-1
  int Below(int below) { return static_cast<int>(engine_() % static_cast<uint64_t>(below)); }
  int Between(int least, int most) { return least + Below(most - least + 1); }
  bool OneIn(int n) { return Below(n) == 0; }
  absl::Duration Time(absl::Duration least, absl::Duration most) {
    return least + absl::Microseconds(static_cast<int64_t>(
                       engine_() % static_cast<uint64_t>(
                                       absl::ToInt64Microseconds(most - least) + 1)));
  }

 private:
  std::mt19937_64 engine_;
};

class Fibers {
 public:
  explicit Fibers(uint64_t seed);
  ~Fibers();

  // `process`: what Kill and Freeze name. The body may use Wait, Step and Wakeups.
  int Spawn(int process, std::function<void()> body);
  // Runs on the scheduler itself at that time; must not wait.
  void At(absl::Duration time, std::function<void()> event);

  // -- inside a fiber --
  void Wait(absl::Duration time);
  // Lets others run first, perhaps.
  void Step() { Wait(absl::ZeroDuration()); }
  // Waits until Wake(token) or the time is over; true if woken.
  bool WaitFor(const void* token, absl::Duration time);
  void Wake(const void* token);
  bool inside() const { return current_ != nullptr; }
  bool killing() const;

  // -- from an event or outside of Run --
  // Ends all fibers of the process, the youngest first.
  void Kill(int process);
  // None of its fibers runs until that time; the clock goes on.
  void Freeze(int process, absl::Duration until);

  // Until `done` is true (asked after each step), or nothing is left to do, or `limit` is reached: false.
  bool Run(const std::function<bool()>& done, absl::Duration limit);

  absl::Duration now() const { return now_; }
  bool Ended(int fiber) const { return !fibers_.contains(fiber); }
  int64_t steps() const { return steps_; }
  // A digest of every choice that was made: two runs of a seed have the same.
  uint64_t digest() const { return digest_; }

 private:
  struct Fiber;
  void SwitchTo(Fiber& fiber);
  void SwitchBack();
  void Suspend();
  void Enqueue(Fiber& fiber, absl::Duration at);
  void Dequeue(Fiber& fiber);
  // The next fiber to run, chosen among those that are ready first; nullptr: an event comes before it, or nothing is left.
  Fiber* Choose();
  static void Entry(void* self, void* from);

  Random random_;
  absl::Duration now_ = absl::Hours(1);
  int next_id_ = 1;
  int64_t steps_ = 0;
  uint64_t digest_ = 1469598103934665603ULL;
  std::map<int, std::unique_ptr<Fiber>> fibers_;
  std::multimap<absl::Duration, Fiber*> queue_;  // all that wait, by when they go on
  std::multimap<absl::Duration, std::function<void()>> events_;
  std::map<int, absl::Duration> frozen_;
  Fiber* current_ = nullptr;
  struct Context;
  std::unique_ptr<Context> main_;
};

}  // namespace carillon::simulation
