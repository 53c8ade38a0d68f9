#include "tests/simulation/log.h"

#include <algorithm>

#include "common/base/check.h"

namespace carillon::simulation {
namespace {

constexpr absl::Duration kTransactionTimeout = absl::Seconds(5);
constexpr absl::Duration kSession = absl::Seconds(10);
constexpr int64_t kEpoch = 1'792'885'800;  // with the first hour: 2026-10-25 00:50 UTC, before clocks are put back
constexpr absl::Duration kHeartbeat = absl::Seconds(2);
constexpr absl::Duration kLearnMax = absl::Milliseconds(800);

}  // namespace

absl::Time Log::Now() const { return absl::FromUnixSeconds(kEpoch) + fibers_.now(); }

void Log::CreateTopic(const kafka::TopicSpec& spec) {
  auto& partitions = topics_[spec.name];
  if (partitions.empty()) partitions.resize(static_cast<size_t>(spec.partitions));
  for (const auto& [name, value] : spec.config) {
    if (name == "cleanup.policy") compacted_[spec.name] = value.find("compact") != std::string::npos;
  }
}

int Log::Partitions(const std::string& topic) const {
  const auto it = topics_.find(topic);
  return it == topics_.end() ? 0 : static_cast<int>(it->second.size());
}

Log::Partition& Log::At(const std::string& topic, int partition) {
  return topics_.at(topic).at(static_cast<size_t>(partition));
}

const Log::Partition& Log::At(const std::string& topic, int partition) const {
  return topics_.at(topic).at(static_cast<size_t>(partition));
}

int64_t Log::InitProducer(const std::string& transactional_id) {
  if (const auto it = epochs_.find(transactional_id);
      it != epochs_.end() && producers_.contains(it->second)) {
    End(it->second, /*commit=*/false);
  }
  const int64_t producer = next_number_++;
  epochs_[transactional_id] = producer;
  producers_[producer] = transactional_id;
  return producer;
}

Log::Outcome Log::Append(int64_t producer, const std::vector<kafka::OutRecord>& records,
                         std::vector<kafka::Written>* written) {
  const std::string& id = producers_.at(producer);
  if (epochs_[id] != producer) {
    on(Event::kFenced);
    return Outcome::kFenced;
  }
  if (!open_of_.contains(producer)) {
    const int64_t number = next_number_++;
    open_of_[producer] = number;
    transactions_[number].id = id;
    // What nobody ends, the coordinator aborts; its producer is fenced by that.
    fibers_.At(fibers_.now() + kTransactionTimeout, [this, producer, number, id] {
      const auto open = open_of_.find(producer);
      if (open == open_of_.end() || open->second != number) return;
      on(Event::kTimedOut);
      End(producer, /*commit=*/false);
      if (epochs_[id] == producer) epochs_[id] = next_number_++;
    });
  }
  const int64_t number = open_of_[producer];
  for (const kafka::OutRecord& record : records) {
    Partition& partition = At(record.topic, record.partition);
    partition.open.emplace(number, partition.next);
    transactions_[number].partitions.emplace(record.topic, record.partition);
    partition.entries.push_back({partition.next++, record.key, record.value, Now(), number});
    written->push_back({partition.entries.back().offset, Now()});
  }
  return Outcome::kOk;
}

Log::Outcome Log::CheckMember(const kafka::GroupOffset& offset) {
  const auto& identity = static_cast<const Identity&>(*offset.member);
  const auto group = groups_.find(identity.group);
  const bool member = group != groups_.end() && group->second.members.contains(identity.member) &&
                      !group->second.members.at(identity.member).expelled;
  if (!member || group->second.generation != identity.generation) {
    on(Event::kNotAMember);
    return Outcome::kNotAMember;
  }
  return Outcome::kOk;
}

Log::Outcome Log::End(int64_t producer, bool commit) {
  const bool newest = epochs_[producers_.at(producer)] == producer;
  const auto open = open_of_.find(producer);
  if (open == open_of_.end()) return newest ? Outcome::kOk : Outcome::kFenced;
  if (!newest && commit) return Outcome::kFenced;
  Transaction& transaction = transactions_[open->second];
  transaction.open = false;
  transaction.committed = commit;
  for (const auto& [topic, index] : transaction.partitions) {
    Partition& partition = At(topic, index);
    partition.open.erase(open->second);
    ++partition.next;  // the control record
    Notify(topic, index);
  }
  open_of_.erase(open);
  return Outcome::kOk;
}

bool Log::IsCommitted(const Entry& entry) const {
  return transactions_.at(entry.transaction).committed;
}

int64_t Log::StableEnd(const std::string& topic, int index) const {
  const Partition& partition = At(topic, index);
  int64_t end = partition.next;
  for (const auto& [transaction, first] : partition.open) end = std::min(end, first);
  return end;
}

int64_t Log::Low(const std::string& topic, int index) const { return At(topic, index).low; }

int64_t Log::ToldEnd(const std::string& topic, int index) {
  Partition& partition = At(topic, index);
  // It lags what was acknowledged in 13-30 % of tries. An empty partition is told as empty, and one that is not never as empty.
  if (partition.told_end == 0 || random_.Below(100) >= 20) {
    partition.told_end = StableEnd(topic, index);
  } else if (partition.told_end != StableEnd(topic, index)) {
    on(Event::kEndToldLate);
  }
  return std::max(partition.told_end, partition.low);
}

const Log::Entry* Log::Read(const std::string& topic, int index, int64_t* offset,
                            bool* gone) const {
  const Partition& partition = At(topic, index);
  *gone = *offset < partition.low;
  if (*gone) return nullptr;
  const int64_t end = StableEnd(topic, index);
  auto it = std::lower_bound(partition.entries.begin(), partition.entries.end(), *offset,
                             [](const Entry& entry, int64_t at) { return entry.offset < at; });
  while (it != partition.entries.end() && it->offset < end && !IsCommitted(*it)) ++it;
  if (it == partition.entries.end() || it->offset >= end) {
    *offset = std::max(*offset, end);
    return nullptr;
  }
  *offset = it->offset;
  return &*it;
}

int64_t Log::Watch(const std::string& topic, int partition, std::function<void()> wake) {
  watchers_[next_number_] = {topic, partition, std::move(wake)};
  return next_number_++;
}

void Log::Notify(const std::string& topic, int partition) {
  for (auto& [watcher, watched] : watchers_) {
    if (watched.topic == topic && watched.partition == partition && watched.wake) watched.wake();
  }
}

int64_t Log::Join(const std::string& group, int partitions, int process,
                  std::function<void(const std::set<int>&, bool)> listener) {
  Group& joined = groups_[group];
  joined.partitions = partitions;
  const int64_t member = next_number_++;
  joined.members[member] = {process, std::move(listener), 0, false, false};
  Rebalance(group);
  return member;
}

void Log::Leave(const std::string& group, int64_t member) {
  if (groups_[group].members.erase(member) > 0) Rebalance(group);
}

void Log::Silence(int process) {
  for (auto& [name, group] : groups_) {
    for (auto& [id, member] : group.members) {
      if (member.process != process || member.silent) continue;
      member.silent = true;
      fibers_.At(fibers_.now() + kSession, [this, name = name, id = id] {
        auto& members = groups_[name].members;
        const auto it = members.find(id);
        if (it == members.end() || !it->second.silent || it->second.expelled) return;
        it->second.expelled = true;
        Rebalance(name);
      });
    }
  }
}

// It speaks to the coordinator again: who was expelled learns that all is lost and joins anew, others catch up.
void Log::Return(int process) {
  for (auto& [name, group] : groups_) {
    for (auto& [id, member] : group.members) {
      if (member.process != process || !member.silent) continue;
      member.silent = false;
      fibers_.At(fibers_.now() + random_.Time(absl::ZeroDuration(), kHeartbeat),
                 [this, name = name, id = id] {
                   auto& members = groups_[name].members;
                   const auto it = members.find(id);
                   if (it == members.end() || it->second.silent) return;
                   if (it->second.expelled) {
                     it->second.expelled = false;
                     it->second.listener({}, /*lost=*/true);
                     Rebalance(name);
                   } else {
                     Teach(name, id, fibers_.now());
                   }
                 });
    }
  }
}

void Log::Bury(int process) {
  for (auto& [name, group] : groups_) {
    for (auto& [id, member] : group.members) {
      if (member.process == process) member.listener = nullptr;
    }
  }
}

void Log::Rebalance(const std::string& name) {
  Group& group = groups_[name];
  ++group.generation;
  group.assignment.clear();
  std::vector<int64_t> present;
  for (auto& [id, member] : group.members) {
    if (!member.expelled) present.push_back(id);
  }
  const int count = static_cast<int>(present.size());
  for (int index = 0; index < count; ++index) {
    // Range assignment: contiguous parts, the first ones larger.
    const int each = group.partitions / count;
    const int larger = group.partitions % count;
    const int first = index * each + std::min(index, larger);
    std::set<int>& assigned = group.assignment[present[static_cast<size_t>(index)]];
    for (int i = 0; i < each + (index < larger ? 1 : 0); ++i) assigned.insert(first + i);
    Teach(name, present[static_cast<size_t>(index)],
          fibers_.now() + random_.Time(absl::Milliseconds(1), kLearnMax));
  }
}

// The member learns what its group has come to.
void Log::Teach(const std::string& name, int64_t id, absl::Duration at) {
  fibers_.At(at, [this, name, id] {
    Group& group = groups_[name];
    const auto it = group.members.find(id);
    if (it == group.members.end() || it->second.silent || it->second.expelled ||
        it->second.listener == nullptr || it->second.known_generation >= group.generation) {
      return;
    }
    it->second.known_generation = group.generation;
    it->second.listener(group.assignment[id], /*lost=*/false);
  });
}

int Log::KnownGeneration(const std::string& group, int64_t member) const {
  const auto it = groups_.find(group);
  if (it == groups_.end()) return -1;
  const auto found = it->second.members.find(member);
  return found == it->second.members.end() ? -1 : found->second.known_generation;
}

void Log::Compact(const std::string& topic, int index) {
  if (!compacted_[topic]) return;
  Partition& partition = At(topic, index);
  const int64_t end = StableEnd(topic, index);
  std::map<std::string, int64_t> newest;
  for (const Entry& entry : partition.entries) {
    if (entry.offset < end && IsCommitted(entry)) newest[entry.key] = entry.offset;
  }
  std::vector<Entry> kept;
  for (Entry& entry : partition.entries) {
    const bool stays = entry.offset >= end ||
                       (IsCommitted(entry) && newest[entry.key] == entry.offset);
    if (stays) {
      kept.push_back(std::move(entry));
    } else {
      partition.removed.push_back(std::move(entry));
    }
  }
  partition.entries = std::move(kept);
}

void Log::Retain(const std::string& topic, int index, absl::Time oldest) {
  Partition& partition = At(topic, index);
  const int64_t end = StableEnd(topic, index);
  size_t count = 0;
  while (count < partition.entries.size() && partition.entries[count].offset < end &&
         partition.entries[count].append_time < oldest) {
    partition.low = partition.entries[count].offset + 1;
    partition.removed.push_back(std::move(partition.entries[count]));
    ++count;
  }
  partition.entries.erase(partition.entries.begin(),
                          partition.entries.begin() + static_cast<long>(count));
}

std::vector<const Log::Entry*> Log::Committed(const std::string& topic, int index) const {
  std::vector<const Entry*> out;
  for (const Entry& entry : At(topic, index).entries) {
    if (IsCommitted(entry)) out.push_back(&entry);
  }
  return out;
}

std::vector<const Log::Entry*> Log::History(const std::string& topic, int index) const {
  std::vector<const Entry*> out = Committed(topic, index);
  for (const Entry& entry : At(topic, index).removed) {
    if (IsCommitted(entry)) out.push_back(&entry);
  }
  std::sort(out.begin(), out.end(),
            [](const Entry* a, const Entry* b) { return a->offset < b->offset; });
  return out;
}

std::vector<std::string> Log::Topics() const {
  std::vector<std::string> out;
  for (const auto& [name, partitions] : topics_) out.push_back(name);
  return out;
}

}  // namespace carillon::simulation
