#include "tests/simulation/hearing.h"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "carillon/analytics/v1/analytics.pb.h"
#include "common/base/clock.h"
#include "common/ledger/record.h"
#include "services/listener/domain/ids.h"
#include "tests/simulation/nodes.h"

namespace carillon::simulation {
namespace {

using Complaints = std::vector<std::string>;
using platform::SignalKind;

// Every record of a topic, with what retention has removed.
template <typename Message>
std::vector<Message> All(World& world) {
  const std::string topic = ledger::TopicName("sim", Message::default_instance());
  std::vector<Message> out;
  for (int partition = 0; partition < world.log.Partitions(topic); ++partition) {
    for (const Log::Entry* entry : world.log.History(topic, partition)) {
      Message message;
      if (entry->value && message.ParseFromString(*entry->value)) out.push_back(std::move(message));
    }
  }
  return out;
}

// The listener's newest states.
std::map<std::string, listener::v1::ListenerRecord> States(World& world) {
  std::map<std::string, listener::v1::ListenerRecord> states;
  const std::string topic =
      ledger::TopicName("sim", listener::v1::ListenerRecord::default_instance());
  for (int shard = 0; shard < kShards; ++shard) {
    for (const Log::Entry* entry : world.log.Committed(topic, shard)) {
      if (entry->key[0] != '@' && entry->value) {
        states[entry->key].ParseFromString(*entry->value);
      }
    }
  }
  return states;
}

listener::v1::SignalKind ToProtoKind(platform::SignalKind kind) {
  switch (kind) {
    case platform::SignalKind::kMention: return listener::v1::SIGNAL_KIND_MENTION;
    case platform::SignalKind::kReply: return listener::v1::SIGNAL_KIND_REPLY;
    case platform::SignalKind::kFavourite: return listener::v1::SIGNAL_KIND_FAVOURITE;
    case platform::SignalKind::kBoost: return listener::v1::SIGNAL_KIND_BOOST;
    case platform::SignalKind::kFollow: return listener::v1::SIGNAL_KIND_FOLLOW;
    case platform::SignalKind::kDirectMessage: return listener::v1::SIGNAL_KIND_DIRECT_MESSAGE;
    case platform::SignalKind::kKeyword: return listener::v1::SIGNAL_KIND_KEYWORD;
  }
  return listener::v1::SIGNAL_KIND_UNSPECIFIED;
}

// What talks is known by its status: a thread and a notification tell of the same one.
std::string Name(listener::v1::SignalKind kind, const std::string& account,
                 const std::string& remote_id, const std::string& status) {
  return status.empty() ? fmt::format("{} {} on {}", listener::KindName(kind), remote_id, account)
                        : fmt::format("{} on {}", status, account);
}

void CheckSignals(World& world, const Crowd& crowd, Complaints* out) {
  std::map<std::string, int> counts;
  for (const auto& event : All<listener::v1::SignalEvent>(world)) {
    ++counts[Name(event.kind(), event.account_id(), event.remote_id(), event.status_remote_id())];
  }
  for (const Deed& deed : crowd.deeds()) {
    const std::string name =
        Name(ToProtoKind(deed.kind), deed.account_id, deed.remote_id, deed.status_remote_id);
    const int count = counts[name];
    counts.erase(name);
    if (count != 1) out->push_back(fmt::format("{} was heard {} times", name, count));
  }
  for (const auto& [name, count] : counts) out->push_back(name + " was heard, and nobody did it");
}

// The samples of a post come with rising times, and the last one has its numbers.
void CheckSamples(World& world, const std::map<std::string, listener::v1::ListenerRecord>& states,
                  Complaints* out) {
  std::map<std::string, analytics::v1::MetricSample> last;
  for (const auto& message : All<analytics::v1::AnalyticsMessage>(world)) {
    if (!message.has_metric()) continue;
    const auto& sample = message.metric();
    auto& before = last[sample.remote_id()];
    if (before.has_sampled_at() &&
        FromProto(sample.sampled_at()) <= FromProto(before.sampled_at())) {
      out->push_back(sample.remote_id() + " was counted twice at one time");
    }
    before = sample;
  }
  for (const auto& [id, record] : states) {
    if (!record.has_tracked_post() || !record.tracked_post().has_last_sampled_at()) continue;
    const auto& post = record.tracked_post();
    const auto& sample = last[post.remote_id()];
    if (sample.replies() != post.last().replies() ||
        sample.favourites() != post.last().favourites()) {
      out->push_back(post.remote_id() + " has other numbers than its last sample");
    }
  }
}

}  // namespace

Complaints Heard(World& world, const Crowd& crowd) {
  Complaints out;
  CheckSignals(world, crowd, &out);
  const auto states = States(world);
  for (const Deed& deed : crowd.deeds()) {
    if (deed.status_remote_id.empty()) continue;
    const std::string item = listener::InboxItemId(deed.account_id, deed.status_remote_id);
    if (!states.contains(item)) out.push_back(deed.status_remote_id + " is not in the inbox");
  }
  for (const AcceptedPost& post : crowd.platform().posts()) {
    const auto it = states.find(listener::TrackedPostId(post.account_id, post.remote_id));
    if (it == states.end()) continue;  // UNCONFIRMED: found in the timeline later
    const auto& last = it->second.tracked_post().last();
    if (last.replies() != crowd.Count(platform::SignalKind::kReply, post.remote_id) ||
        last.favourites() != crowd.Count(platform::SignalKind::kFavourite, post.remote_id)) {
      out.push_back(post.remote_id + " has other numbers on the platform");
    }
  }
  CheckSamples(world, states, &out);
  for (const auto& [id, record] : states) {
    if (!record.has_inbox_item()) continue;
    if (record.inbox_item().state() == listener::v1::INBOX_STATE_REPLYING) {
      out.push_back(id + " is being answered for ever");
    }
  }
  return out;
}

}  // namespace carillon::simulation
