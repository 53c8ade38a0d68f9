#include "tests/simulation/town.h"

namespace carillon::simulation {
namespace {

constexpr absl::Duration kMishapAfterMin = absl::Milliseconds(300);
constexpr absl::Duration kMishapAfterMax = absl::Seconds(6);

}  // namespace

Town::Town(World& world, Platform& platform, const Crowd& crowd)
    : world_(world), platform_(platform), crowd_(crowd) {
  world_.crash = [this](int number) { Kill(number, /*restart=*/true); };
  world_.freeze = [this](int number, absl::Duration time) {
    if (nodes_.contains(number)) Freeze(number, time);
  };
  world_.deadline = [this](int number, int timer) {
    const auto it = nodes_.find(number);
    if (it == nodes_.end() || it->second->kind != Kind::kPublisher) return;
    if (!static_cast<PublisherNode&>(*it->second).DeadlineOpen(timer)) return;
    world_.Count(Site::kGuardFired);
    Kill(number, /*restart=*/true);
  };
}

Town::~Town() {
  while (!nodes_.empty()) Kill(nodes_.begin()->first, /*restart=*/false);
}

void Town::Begin() {
  for (int i = 0; i < kNodesOfAKind; ++i) {
    for (const Kind kind : kKinds) Add(kind);
  }
  world_.fibers.At(world_.fibers.now() + kMishapAfterMax, [this] { Mishap(); });
}

void Town::Add(Kind kind) {
  if (out_ && kind == Kind::kPublisher) return;
  const int number = next_number_++;
  switch (kind) {
    case Kind::kScheduler:
      nodes_[number] = std::make_unique<SchedulerNode>(world_, number, !upgraded_);
      return;
    case Kind::kPublisher:
      nodes_[number] = std::make_unique<PublisherNode>(world_, number, platform_);
      return;
    case Kind::kListener:
      nodes_[number] = std::make_unique<ListenerNode>(world_, number, crowd_);
  }
}

void Town::Kill(int number, bool restart) {
  const auto it = nodes_.find(number);
  if (it == nodes_.end()) return;
  const Kind kind = it->second->kind;
  it->second->process.dead = true;
  world_.log.Silence(number);
  world_.log.Bury(number);
  world_.fibers.Kill(number);
  nodes_.erase(it);
  if (!restart) return;
  world_.Count(Site::kRestarted);
  world_.fibers.At(
      world_.fibers.now() + world_.random.Time(absl::Milliseconds(100), absl::Seconds(8)),
      [this, kind] { Add(kind); });
}

void Town::Freeze(int number, absl::Duration time) {
  world_.Count(Site::kFreeze);
  awake_from_ = std::max(awake_from_, world_.fibers.now() + time);
  world_.fibers.Freeze(number, world_.fibers.now() + time);
  world_.log.Silence(number);
  world_.fibers.At(world_.fibers.now() + time,
                   [this, number] {
                     if (nodes_.contains(number)) world_.log.Return(number);
                   });
}

Node* Town::Random() {
  auto it = nodes_.begin();
  std::advance(it, world_.random.Below(static_cast<int>(nodes_.size())));
  return it->second.get();
}

void Town::Mishap() {
  if (!world_.faults_on) return;
  switch (world_.random.Below(6)) {
    case 0:
      if (!nodes_.empty()) Kill(Random()->process.number(), /*restart=*/true);
      break;
    case 1:
      // Some for so long that everybody has given the process up.
      if (!nodes_.empty()) {
        Freeze(Random()->process.number(),
               world_.random.Time(absl::Milliseconds(100),
                                  world_.random.OneIn(3) ? absl::Seconds(100) : absl::Seconds(20)));
      }
      break;
    case 2: {
      if (nodes_.empty()) break;
      world_.Count(Site::kClockJumped);
      Node* node = Random();
      node->process.clock.skew =
          world_.random.OneIn(2) ? absl::ZeroDuration()
                                 : world_.random.Time(-absl::Seconds(6), absl::Seconds(6));
      break;
    }
    case 3:
    case 4:
      world_.HurtRedis();
      break;
    default:
      for (int i = 0; i < 4; ++i) world_.TidyLog();
  }
  world_.fibers.At(world_.fibers.now() + world_.random.Time(kMishapAfterMin, kMishapAfterMax),
                   [this] { Mishap(); });
}

void Town::OutageAt(absl::Duration begin, absl::Duration end) {
  awake_from_ = std::max(awake_from_, end);
  world_.fibers.At(begin, [this] {
    world_.Count(Site::kOutage);
    out_ = true;
    std::vector<int> publishers;
    for (const auto& [number, node] : nodes_) {
      if (node->kind == Kind::kPublisher) publishers.push_back(number);
    }
    for (const int number : publishers) Kill(number, /*restart=*/false);
  });
  world_.fibers.At(end, [this] {
    out_ = false;
    for (int i = 0; i < kNodesOfAKind; ++i) Add(Kind::kPublisher);
  });
}

void Town::UpgradeAt(absl::Duration time) {
  world_.fibers.At(time, [this] { upgraded_ = true; });
}

void Town::CalmAt(absl::Duration time) {
  world_.fibers.At(time, [this] {
    std::vector<int> old;
    for (auto& [number, node] : nodes_) {
      node->process.clock.skew = absl::ZeroDuration();
      if (node->kind == Kind::kScheduler && static_cast<SchedulerNode&>(*node).old) {
        old.push_back(number);
      }
    }
    for (const int number : old) Kill(number, /*restart=*/true);
  });
}

Node* Town::Owner(Kind kind, int shard) {
  for (auto& [number, node] : nodes_) {
    if (node->kind == kind && node->ledger().Owns(shard)) return node.get();
  }
  return nullptr;
}

Node* Town::Any(Kind kind) {
  std::vector<Node*> found;
  for (auto& [number, node] : nodes_) {
    if (node->kind == kind) found.push_back(node.get());
  }
  if (found.empty()) return nullptr;
  return found[static_cast<size_t>(world_.random.Below(static_cast<int>(found.size())))];
}

}  // namespace carillon::simulation
