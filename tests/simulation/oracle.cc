#include "tests/simulation/oracle.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "carillon/publisher/v1/publisher.pb.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/ledger/keys.h"
#include "common/ledger/record.h"
#include "services/scheduler/domain/post_messages.h"

namespace carillon::simulation {
namespace {

using Complaints = std::vector<std::string>;

constexpr absl::Duration kSkewMax = absl::Seconds(2);  // within this of the log's a process goes by its own clock
constexpr absl::Duration kApplyWithin = absl::Seconds(5);
constexpr absl::Duration kStopWithin = absl::Seconds(5);  // after a kill switch was acknowledged
constexpr size_t kTargetPrefix = sizeof("TARGET_STATE_") - 1;

class NoGates : public publisher::GatesProvider {
 public:
  publisher::Gates For(const publisher::GateQuestion&) const override { return {}; }
};

// A service as the oracle reads it: its domain for parsing and indexes, its topic.
struct Service {
  Kind kind;
  std::string name;
  const ledger::Domain& domain;
  std::string topic() const { return ledger::TopicName("sim", domain.RecordPrototype()); }
};

class Services {
 public:
  std::vector<Service> All() {
    return {{Kind::kScheduler, "scheduler", scheduler_},
            {Kind::kPublisher, "publisher", publisher_},
            {Kind::kListener, "listener", listener_}};
  }

 private:
  SchedulerVersion scheduler_{/*old=*/false};
  publisher::Rules rules_;
  NoGates gates_;
  publisher::PublisherDomain publisher_{rules_, gates_};
  listener::ListenerDomain listener_{ListenerOptions()};
};

// An aggregate's newest record up to an offset, from the log alone; `next` is the first one behind it.
std::map<std::string, std::string> Fold(World& world, const Service& service, int shard,
                                        int64_t upto = std::numeric_limits<int64_t>::max(),
                                        const Log::Entry** next = nullptr) {
  std::map<std::string, std::string> states;
  for (const Log::Entry* entry : world.log.Committed(service.topic(), shard)) {
    // A marker of somebody who then gave up says nothing to Redis; the owner learns of it with his next commit.
    if (entry->key[0] == '@' || !entry->value) continue;
    if (entry->offset > upto) {
      if (next != nullptr) *next = entry;
      break;
    }
    states[entry->key] = *entry->value;
  }
  return states;
}

void CheckVersions(World& world, const Service& service, int shard,
                   std::map<std::string, int>* requests, Complaints* out) {
  std::map<std::string, uint64_t> versions;
  for (const Log::Entry* entry : world.log.History(service.topic(), shard)) {
    ledger::v1::AnyRecord any;
    if (entry->key[0] == '@' || !entry->value || !any.ParseFromString(*entry->value)) continue;
    const uint64_t before = versions[entry->key];
    if (any.header().version() != before + 1) {
      out->push_back(fmt::format("{}[{}] offset {}: {} has version {} after {}", service.name,
                                 shard, entry->offset, entry->key, any.header().version(), before));
    }
    versions[entry->key] = any.header().version();
    // A command may change several aggregates; the one that it names answers for it.
    if (!any.header().request().key().empty()) {
      ++(*requests)[any.header().request().key() + "/" + entry->key];
    }
  }
}

void CheckRedis(World& world, const Service& service, int shard, Complaints* out) {
  const std::string prefix = ledger::ShardPrefix("sim", service.name, shard);
  const std::string endpoint = shard % 2 == 0 ? "redis-a" : "redis-b";
  const Redis::Data& data = world.redis(endpoint).data();
  const std::string where = fmt::format("{}[{}]", service.name, shard);
  const auto hash = data.find(prefix + "s");
  if (hash == data.end()) {
    out->push_back(where + ": there is no copy in Redis");
    return;
  }
  const auto& fields = hash->second.hash;
  const std::string position = fields.contains("@pos") ? fields.at("@pos") : "";
  const Log::Entry* next = nullptr;
  const auto states =
      Fold(world, service, shard,
           std::strtoll(position.substr(position.rfind('|') + 1).c_str(), nullptr, 10), &next);
  // The listener goes on for ever: what it has just committed may not have been applied yet.
  if (next != nullptr && world.log.Now() - next->append_time > kApplyWithin) {
    out->push_back(fmt::format("{}: Redis is at {}, the log at {}", where, position, next->offset));
    return;
  }
  if (fields.contains("@load")) out->push_back(where + ": Redis is still loading");
  std::set<std::pair<std::string, std::string>> expected;
  for (const auto& [id, bytes] : states) {
    const auto field = fields.find("a" + id);
    if (field == fields.end() || field->second != bytes) {
      out->push_back(fmt::format("{}: {} differs between log and Redis", where, id));
    }
    const auto record = *ledger::Parse(service.domain.RecordPrototype(), bytes);
    for (const ledger::IndexEntry& entry : service.domain.Indexes(*record)) {
      expected.emplace(entry.index, entry.member);
    }
  }
  for (const auto& [field, value] : fields) {
    if (field[0] == 'a' && !states.contains(field.substr(1))) {
      out->push_back(fmt::format("{}: Redis has {}, the log has not", where, field.substr(1)));
    }
  }
  std::set<std::pair<std::string, std::string>> present;
  for (const std::string& index : service.domain.IndexNames()) {
    const auto key = data.find(prefix + "i:" + index);
    if (key == data.end()) continue;
    for (const auto& [member, score] : key->second.set) present.emplace(index, member);
  }
  if (present != expected) {
    out->push_back(fmt::format("{}: the indexes in Redis are not those of the states", where));
  }
}

std::map<std::string, scheduler::v1::Post> Posts(World& world) {
  std::map<std::string, scheduler::v1::Post> out;
  scheduler::SchedulerDomain domain;
  const Service service{Kind::kScheduler, "scheduler", domain};
  for (int shard = 0; shard < kShards; ++shard) {
    for (const auto& [id, bytes] : Fold(world, service, shard)) {
      scheduler::v1::SchedulerRecord record;
      if (record.ParseFromString(bytes) && record.has_post()) out[id] = record.post();
    }
  }
  return out;
}

void CheckTarget(const WrittenPost& written, const scheduler::v1::Post& post,
                 const scheduler::v1::Target& target,
                 const std::vector<AcceptedPost>& effects, Complaints* out) {
  const std::string state = scheduler::v1::TargetState_Name(target.state()).substr(kTargetPrefix);
  const std::string where = fmt::format("{} on {}: {}", post.id(), target.account_id(), state);
  if (effects.size() > 1) {
    out->push_back(fmt::format("{}, but it was published {} times", where, effects.size()));
  }
  if (state == "PUBLISHED" && effects.empty()) out->push_back(where + ", but nothing is there");
  const std::set<std::string> unsent = {"PENDING", "CANCELLED", "EXPIRED", "HELD", "FAILED", "BLOCKED"};
  if (unsent.contains(state) && !effects.empty()) {
    out->push_back(where + ", but it was published");
  }
  if (state == "DISPATCHED") out->push_back(where + " for ever");
  for (const AcceptedPost& effect : effects) {
    if (effect.at < written.earliest_due - kSkewMax) out->push_back(where + ", before it was due");
    if (std::find(written.approved.begin(), written.approved.end(), effect.text) ==
        written.approved.end()) {
      out->push_back(fmt::format("{}, with a text that nobody approved: {}", where, effect.text));
    }
  }
  if (written.cancelled && !effects.empty()) {
    out->push_back(where + ", but a cancel was answered with CANCELLED");
  }
}

// A reply from the inbox is one effect if it is told as published, and never two.
void CheckReplies(World& world, const Clients& clients, const Platform& platform,
                  std::set<std::string>* explained, Complaints* out) {
  std::map<std::string, listener::v1::InboxReply> told;
  Services services;
  const Service service = services.All().back();
  for (int shard = 0; shard < kShards; ++shard) {
    for (const auto& [id, bytes] : Fold(world, service, shard)) {
      listener::v1::ListenerRecord record;
      if (!record.ParseFromString(bytes)) continue;
      for (const auto& reply : record.inbox_item().replies()) told[reply.delivery_id()] = reply;
    }
  }
  for (const auto& [delivery_id, item_id] : clients.replies()) {
    int effects = 0;
    for (const AcceptedPost& effect : platform.posts()) {
      if (effect.delivery_id != delivery_id) continue;
      ++effects;
      explained->insert(effect.remote_id);
    }
    const std::string state = publisher::v1::DeliveryState_Name(told[delivery_id].state());
    const bool out_there = state == "DELIVERY_STATE_PUBLISHED";
    const bool maybe = state == "DELIVERY_STATE_UNCONFIRMED";
    if (effects > 1 || (effects == 1 && !out_there && !maybe) || (effects == 0 && out_there)) {
      out->push_back(fmt::format("the answer to {} is {}, and there {} times", item_id, state, effects));
    }
  }
}

void CheckStops(const Clients& clients, const Platform& platform, Complaints* out) {
  for (const Stop& stop : clients.stops()) {
    for (const AcceptedPost& effect : platform.posts()) {
      if (effect.asked_at > stop.known_at + kStopWithin && effect.asked_at < stop.ended_at) {
        out->push_back(fmt::format("{} was sent {} after a kill switch was acknowledged", effect.delivery_id,
                                   absl::FormatDuration(effect.asked_at - stop.known_at)));
      }
    }
  }
}

void CheckEffects(World& world, const Clients& clients, const Platform& platform,
                  Complaints* out) {
  const auto posts = Posts(world);
  std::set<std::string> explained;
  for (const WrittenPost& written : clients.posts()) {
    if (written.id.empty()) continue;
    const auto it = posts.find(written.id);
    if (it == posts.end()) {
      out->push_back(written.id + " was acknowledged and is not in the log");
      continue;
    }
    for (const scheduler::v1::Target& target : it->second.targets()) {
      // All rounds of this post on this account: only one may ever go out.
      std::set<std::string> rounds = {target.id()};
      for (int round = 0; round <= it->second.occurrence(); ++round) {
        rounds.insert(scheduler::TargetId(written.id, target.account_id(), round));
      }
      std::vector<AcceptedPost> effects;
      for (const AcceptedPost& effect : platform.posts()) {
        if (!rounds.contains(effect.delivery_id)) continue;
        effects.push_back(effect);
        explained.insert(effect.remote_id);
      }
      CheckTarget(written, it->second, target, effects, out);
    }
  }
  CheckReplies(world, clients, platform, &explained, out);
  CheckStops(clients, platform, out);
  for (const AcceptedPost& effect : platform.posts()) {
    if (!explained.contains(effect.remote_id)) {
      out->push_back(fmt::format("{} was published and belongs to no post", effect.delivery_id));
    }
  }
}

}  // namespace

std::vector<std::string> Judge(World& world, const Clients& clients, const Platform& platform) {
  Complaints out = clients.complaints();
  Services services;
  for (const Service& service : services.All()) {
    std::map<std::string, int> requests;
    for (int shard = 0; shard < kShards; ++shard) {
      CheckVersions(world, service, shard, &requests, &out);
      CheckRedis(world, service, shard, &out);
    }
    for (const Acknowledged& item : clients.acknowledged()) {
      if (item.service != service.kind) continue;
      const int count = requests[item.request_key + "/" + item.aggregate_id];
      if (count != 1) {
        out.push_back(fmt::format("{}: an acknowledged command is in the log {} times",
                                  item.aggregate_id, count));
      }
    }
  }
  CheckEffects(world, clients, platform, &out);
  return out;
}

std::vector<std::pair<std::string, int>> FinalStates(World& world) {
  std::map<std::string, int> counts;
  for (const auto& [id, post] : Posts(world)) {
    for (const scheduler::v1::Target& target : post.targets()) {
      ++counts[scheduler::v1::TargetState_Name(target.state()).substr(kTargetPrefix)];
      if (target.dispatch_count() > 1) world.Count(Site::kDispatchRepeated);
    }
  }
  return {counts.begin(), counts.end()};
}

bool Settled(World& world) {
  for (const auto& [id, post] : Posts(world)) {
    for (const scheduler::v1::Target& target : post.targets()) {
      if (target.state() == scheduler::v1::TARGET_STATE_DISPATCHED) return false;
      if (!target.withdrawing_id().empty()) return false;
    }
    if (post.has_next_at()) return false;
  }
  return true;
}

}  // namespace carillon::simulation
