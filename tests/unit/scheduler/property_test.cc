// Random walks over the domain: whatever people, the clock and the publisher do, and in whatever order answers come, the
// invariants hold.
#include <random>
#include <set>

#include "common/content/content.h"
#include "services/scheduler/domain/post_actions.h"
#include "services/scheduler/domain/post_state.h"
#include "tests/unit/scheduler/world.h"

namespace carillon::scheduler {
namespace {

using namespace publisher::v1;  // NOLINT: DELIVERY_STATE_...

class Walk {
 public:
  explicit Walk(unsigned seed) : random_(seed) {}

  void Run(int steps) {
    for (int i = 0; i < 4; ++i) CreateOne();
    for (int i = 0; i < steps; ++i) {
      Step();
      Look();
    }
  }

 private:
  unsigned Pick(unsigned below) { return static_cast<unsigned>(random_() % below); }

  absl::Time SomeTime() {
    return world_.clock.Now() + absl::Minutes(static_cast<int>(Pick(90)) - 30);
  }

  void CreateOne() {
    v1::PostDraft draft = DraftAt(SomeTime(), {kAccountA, kAccountB});
    draft.set_stale_policy(Pick(2) == 0 ? v1::STALE_POLICY_HOLD : v1::STALE_POLICY_EXPIRE);
    if (Pick(5) == 0) draft.clear_due_at();
    posts_.push_back(world_.Create(draft, Pick(2) == 0));
  }

  void Step() {
    const std::string& id = posts_[Pick(static_cast<unsigned>(posts_.size()))];
    switch (Pick(10)) {
      case 0: (void)world_.Approve(id); break;
      case 1: (void)world_.Edit(id, "Text " + std::to_string(Pick(5))); break;
      case 2: (void)world_.Reschedule(id, SomeTime()); break;
      case 3:
        if (Pick(4) == 0) (void)world_.Cancel(id);
        if (Pick(8) == 0) Delete(id);
        break;
      case 4:
      case 5:
      case 6: Answer(); break;
      default:
        world_.clock.Advance(absl::Seconds(Pick(600)));
        world_.ledger.RunDue();
    }
    Collect();
  }

  void Delete(const std::string& id) {
    v1::DeletePostRequest request;
    request.set_id(id);
    (void)world_.Run(id, request);
  }

  // Something is to be done to what is published.
  void CollectAction(const Dispatch& order, const v1::Post& post) {
    EXPECT_FALSE(order.target_remote_id().empty());
    EXPECT_TRUE(published_.contains(order.account_id() + order.post_id()));
    if (order.action() == ACTION_KIND_EDIT) {
      EXPECT_EQ(content::ContentHash(order.content()), post.approval().content_hash());
    }
    if (actions_.insert(order.delivery_id()).second) open_.push_back(order);
  }

  // What left is checked at the moment it left.
  void Collect() {
    for (const Dispatch& order : world_.TakeSent().dispatches) {
      const v1::Post post = world_.Post(order.post_id());
      EXPECT_EQ(order.content_hash(), content::DispatchHash(order));
      if (order.action() != ACTION_KIND_UNSPECIFIED) {
        CollectAction(order, post);
        continue;
      }
      EXPECT_EQ(order.content_hash(), post.approval().content_hash());
      EXPECT_FALSE(order.approved_by().empty());
      EXPECT_GE(world_.clock.Now(), FromProto(order.due_at()));
      const auto [it, is_new] =
          rounds_.emplace(std::make_pair(order.account_id() + order.post_id(), post.occurrence()),
                          order.delivery_id());
      EXPECT_EQ(it->second, order.delivery_id()) << "two orders in one round";
      EXPECT_FALSE(published_.contains(order.account_id() + order.post_id()) && is_new)
          << "a published target was dispatched again";
      if (is_new) open_.push_back(order);
    }
  }

  // The publisher says something about an order: also late, twice, and about rounds that are over.
  void Answer() {
    if (open_.empty()) return;
    const Dispatch order = open_[Pick(static_cast<unsigned>(open_.size()))];
    static constexpr DeliveryState kStates[] = {
        DELIVERY_STATE_QUEUED,  DELIVERY_STATE_SENDING, DELIVERY_STATE_PUBLISHED,
        DELIVERY_STATE_FAILED,  DELIVERY_STATE_HELD,    DELIVERY_STATE_UNCONFIRMED,
        DELIVERY_STATE_EXPIRED, DELIVERY_STATE_CANCELLED};
    DeliveryState state = kStates[Pick(8)];
    const bool is_action = order.action() != ACTION_KIND_UNSPECIFIED;
    if (is_action && state == DELIVERY_STATE_PUBLISHED) state = DELIVERY_STATE_DONE;
    uint64_t& version = versions_[order.delivery_id()];
    const bool is_news = Pick(4) != 0;
    const uint64_t said = is_news ? ++version : Pick(static_cast<unsigned>(version + 1));
    EXPECT_TRUE(world_.Outcome(order.post_id(), order.delivery_id(), order.account_id(), state,
                               said, Pick(6) == 0, order.action()));
    const bool was_deleted = order.action() == ACTION_KIND_DELETE && state == DELIVERY_STATE_DONE;
    if (was_deleted && is_news) deleted_.insert(order.account_id() + order.post_id());
    const v1::Post post = world_.Post(order.post_id());
    for (const v1::Target& target : post.targets()) {
      // What is old news of an order that was replaced since is true all the same.
      if (was_deleted && target.state() == v1::TARGET_STATE_DELETED && target.account_id() == order.account_id()) {
        deleted_.insert(target.account_id() + order.post_id());
      }
      if (target.state() == v1::TARGET_STATE_PUBLISHED) {
        published_.insert(target.account_id() + order.post_id());
      }
    }
  }

  void Look() {
    for (const std::string& id : posts_) {
      const v1::Post post = world_.Post(id);
      EXPECT_EQ(post.state(), DeriveState(post));
      bool open = false;
      for (const v1::Target& target : post.targets()) {
        if (published_.contains(target.account_id() + id)) {
          const bool gone = deleted_.contains(target.account_id() + id);
          EXPECT_EQ(target.state(), gone ? v1::TARGET_STATE_DELETED : v1::TARGET_STATE_PUBLISHED)
              << "PUBLISHED was downgraded";
          open = open || AwaitsAction(target);
        }
        open = open || target.state() == v1::TARGET_STATE_DISPATCHED ||
               (target.state() == v1::TARGET_STATE_PENDING && post.draft().has_due_at());
      }
      EXPECT_TRUE(!open || post.has_next_at()) << "nobody will look at it again: "
                                               << post.ShortDebugString();
    }
  }

  std::mt19937 random_;
  World world_;
  std::vector<std::string> posts_;
  std::vector<Dispatch> open_;
  std::map<std::pair<std::string, int>, std::string> rounds_;
  std::map<std::string, uint64_t> versions_;
  std::set<std::string> published_, deleted_, actions_;
};

TEST(PropertyTest, InvariantsHoldOnRandomWalks) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Walk(seed).Run(300);
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace carillon::scheduler
