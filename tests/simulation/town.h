// Three schedulers, publishers and listeners over one world, and what befalls them: deaths between two effects, long silences, clocks that
// jump, and a successor some time after each death.
#pragma once

#include <map>
#include <memory>

#include "tests/simulation/nodes.h"

namespace carillon::simulation {

class Town {
 public:
  Town(World& world, Platform& platform, const Crowd& crowd);
  ~Town();

  // Starts all nodes; mishaps come until the faults are switched off.
  void Begin();
  // Who starts from then on is of the newer version.
  void UpgradeAt(absl::Duration time);
  // No publisher runs in [begin, end): longer than anything in their rules waits.
  void OutageAt(absl::Duration begin, absl::Duration end);
  // From then on clocks are right again, and the last of the old version are replaced; the other mishaps end with the world's faults.
  void CalmAt(absl::Duration time);
  // Nobody is frozen any more from then on.
  absl::Duration awake_from() const { return awake_from_; }
  // The node that says it owns the shard; nullptr: none does.
  Node* Owner(Kind kind, int shard);
  Node* Any(Kind kind);

 private:
  static constexpr int kNodesOfAKind = 3;
  void Add(Kind kind);
  void Kill(int number, bool restart);
  void Freeze(int number, absl::Duration time);
  void Mishap();
  Node* Random();

  World& world_;
  Platform& platform_;
  const Crowd& crowd_;
  int next_number_ = 1;
  bool upgraded_ = false;
  bool out_ = false;
  absl::Duration awake_from_;
  std::map<int, std::unique_ptr<Node>> nodes_;
};

}  // namespace carillon::simulation
