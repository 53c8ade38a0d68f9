#include "tests/simulation/fibers.h"

#include <sys/mman.h>

#include <boost/context/detail/fcontext.hpp>
#include <utility>

#include "common/base/check.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define CARILLON_FIBER_ASAN 1
#else
#define CARILLON_FIBER_ASAN 0
#endif

namespace carillon::simulation {
namespace {

constexpr size_t kStackSize = 512 * 1024;
constexpr absl::Duration kStepTakes = absl::Microseconds(10);  // so that time goes on under whoever only asks again

// Stacks are kept for the next fiber, and the next seed.
std::vector<void*>& FreeStacks() {
  static std::vector<void*> stacks;
  return stacks;
}

void* TakeStack() {
  std::vector<void*>& stacks = FreeStacks();
  if (stacks.empty()) {
    void* stack = mmap(nullptr, kStackSize, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CARILLON_CHECK(stack != MAP_FAILED, "no memory for a fiber's stack");
    return stack;
  }
  void* stack = stacks.back();
  stacks.pop_back();
  return stack;
}

}  // namespace

namespace context = boost::context::detail;

struct Fibers::Context {
  context::fcontext_t at = nullptr;  // where to go on
  void* fake_stack = nullptr;
  const void* stack_bottom = nullptr;
  size_t stack_size = 0;
};

struct Fibers::Fiber {
  int id = 0;
  int process = 0;
  Fibers* owner = nullptr;
  std::function<void()> body;
  Context context;
  void* stack = nullptr;
  absl::Duration wake_at;
  const void* token = nullptr;
  bool woken = false;
  bool kill = false;
  bool ended = false;
  bool queued = false;
  std::multimap<absl::Duration, Fiber*>::iterator place;
};

Fibers::Fibers(uint64_t seed) : random_(seed), main_(std::make_unique<Context>()) {}

Fibers::~Fibers() {
  while (!fibers_.empty()) Kill(fibers_.begin()->second->process);
}

int Fibers::Spawn(int process, std::function<void()> body) {
  auto fiber = std::make_unique<Fiber>();
  fiber->id = next_id_++;
  fiber->process = process;
  fiber->owner = this;
  fiber->body = std::move(body);
  fiber->wake_at = now_;
  fiber->stack = TakeStack();
  // The stack grows down; the context lies at its upper end.
  fiber->context.at = context::make_fcontext(static_cast<char*>(fiber->stack) + kStackSize,
                                             kStackSize, [](context::transfer_t from) {
                                               Entry(from.data, from.fctx);
                                             });
  const int id = fiber->id;
  Enqueue(*fiber, now_);
  fibers_[id] = std::move(fiber);
  return id;
}

void Fibers::Entry(void* self, void* from) {
  auto* fiber = static_cast<Fiber*>(self);
  Fibers* owner = fiber->owner;
  owner->main_->at = from;
#if CARILLON_FIBER_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &owner->main_->stack_bottom, &owner->main_->stack_size);
#endif
  if (!fiber->kill) {
    try {
      fiber->body();
    } catch (const Killed&) {
    }
  }
  fiber->body = nullptr;
  fiber->ended = true;
#if CARILLON_FIBER_ASAN
  __sanitizer_start_switch_fiber(nullptr, owner->main_->stack_bottom, owner->main_->stack_size);
#endif
  context::jump_fcontext(owner->main_->at, nullptr);
}

void Fibers::Enqueue(Fiber& fiber, absl::Duration at) {
  Dequeue(fiber);
  fiber.place = queue_.emplace(at, &fiber);
  fiber.queued = true;
}

void Fibers::Dequeue(Fiber& fiber) {
  if (std::exchange(fiber.queued, false)) queue_.erase(fiber.place);
}

void Fibers::SwitchTo(Fiber& fiber) {
  Dequeue(fiber);
  current_ = &fiber;
#if CARILLON_FIBER_ASAN
  __sanitizer_start_switch_fiber(&main_->fake_stack, fiber.stack, kStackSize);
#endif
  const context::transfer_t back = context::jump_fcontext(fiber.context.at, &fiber);
  fiber.context.at = back.fctx;
#if CARILLON_FIBER_ASAN
  __sanitizer_finish_switch_fiber(main_->fake_stack, nullptr, nullptr);
#endif
  current_ = nullptr;
  if (!fiber.ended) return Enqueue(fiber, fiber.wake_at);
  FreeStacks().push_back(fiber.stack);
  fibers_.erase(fiber.id);
}

void Fibers::SwitchBack() {
  Fiber* self = current_;
#if CARILLON_FIBER_ASAN
  __sanitizer_start_switch_fiber(&self->context.fake_stack, main_->stack_bottom, main_->stack_size);
#endif
  const context::transfer_t back = context::jump_fcontext(main_->at, nullptr);
  main_->at = back.fctx;
#if CARILLON_FIBER_ASAN
  __sanitizer_finish_switch_fiber(self->context.fake_stack, &main_->stack_bottom,
                                  &main_->stack_size);
#endif
}

void Fibers::Suspend() {
  if (current_->kill) return;  // on its way out: a destructor that waits does not wait
  SwitchBack();
  if (current_->kill) throw Killed{};
}

bool Fibers::killing() const { return current_ != nullptr && current_->kill; }

void Fibers::Wait(absl::Duration time) {
  CARILLON_CHECK(current_ != nullptr, "only a fiber can wait");
  current_->token = nullptr;
  current_->wake_at = now_ + std::max(time, kStepTakes);
  Suspend();
}

bool Fibers::WaitFor(const void* token, absl::Duration time) {
  CARILLON_CHECK(current_ != nullptr, "only a fiber can wait");
  current_->token = token;
  current_->woken = false;
  current_->wake_at = now_ + std::max(time, kStepTakes);
  Suspend();
  current_->token = nullptr;
  return current_->woken;
}

void Fibers::Wake(const void* token) {
  for (auto& [id, fiber] : fibers_) {
    if (fiber->token != token || fiber->woken) continue;
    fiber->woken = true;
    fiber->wake_at = now_;
    if (fiber->queued) Enqueue(*fiber, now_);
    return;
  }
}

void Fibers::Kill(int process) {
  CARILLON_CHECK(current_ == nullptr, "a fiber can't kill; let an event do it");
  std::vector<int> ids;
  for (auto& [id, fiber] : fibers_) {
    if (fiber->process == process) ids.push_back(id);
  }
  for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
    const auto it = fibers_.find(*id);
    if (it == fibers_.end()) continue;
    it->second->kill = true;
    SwitchTo(*it->second);
    CARILLON_CHECK(!fibers_.contains(*id), "a killed fiber did not end");
  }
  frozen_.erase(process);
}

void Fibers::Freeze(int process, absl::Duration until) { frozen_[process] = until; }

void Fibers::At(absl::Duration time, std::function<void()> event) {
  events_.emplace(std::max(time, now_), std::move(event));
}

Fibers::Fiber* Fibers::Choose() {
  while (!queue_.empty()) {
    const absl::Duration at = std::max(now_, queue_.begin()->first);
    if (!events_.empty() && events_.begin()->first <= at) return nullptr;
    const auto end = queue_.upper_bound(at);
    auto chosen = queue_.begin();
    std::advance(chosen, random_.Below(static_cast<int>(std::distance(chosen, end))));
    Fiber* fiber = chosen->second;
    const auto frozen = frozen_.find(fiber->process);
    if (frozen == frozen_.end()) return fiber;
    if (frozen->second <= at) {
      frozen_.erase(frozen);
      return fiber;
    }
    Enqueue(*fiber, frozen->second);
  }
  return nullptr;
}

bool Fibers::Run(const std::function<bool()>& done, absl::Duration limit) {
  while (!done()) {
    Fiber* chosen = Choose();
    if (chosen == nullptr && events_.empty()) return false;
    const absl::Duration next = chosen != nullptr ? chosen->place->first : events_.begin()->first;
    if (next > limit) return false;
    now_ = std::max(now_, next);
    if (chosen == nullptr) {
      auto event = std::move(events_.begin()->second);
      events_.erase(events_.begin());
      event();
      continue;
    }
    ++steps_;
    digest_ = (digest_ ^ static_cast<uint64_t>(chosen->id)) * 1099511628211ULL;
    digest_ = (digest_ ^ static_cast<uint64_t>(absl::ToInt64Nanoseconds(now_))) * 1099511628211ULL;
    SwitchTo(*chosen);
  }
  return true;
}

}  // namespace carillon::simulation
