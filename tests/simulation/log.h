// A Kafka in memory, as far as the Ledger can tell: partitions, transactions with fencing, a last stable offset that open
// transactions hold back, control records that take offsets, an end that is told late, compaction, retention, consumer groups whose
// members learn of a new generation at different moments. What goes wrong on the way to it is the ports' business (process.h).
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/kafka/producer.h"
#include "common/kafka/topics.h"
#include "tests/simulation/fibers.h"

namespace carillon::simulation {

class Log {
 public:
  struct Entry {
    int64_t offset = 0;
    std::string key;
    std::optional<std::string> value;
    absl::Time append_time;
    int64_t transaction = 0;
  };
  enum class Outcome { kOk, kFenced, kNotAMember };

  enum class Event { kFenced, kNotAMember, kTimedOut, kEndToldLate };
  std::function<void(Event)> on;  // for counting

  Log(Fibers& fibers, Random& random) : fibers_(fibers), random_(random) {}

  // -- topics --
  void CreateTopic(const kafka::TopicSpec& spec);
  int Partitions(const std::string& topic) const;

  // -- transactions --
  // Fences the id's earlier producers and aborts what they have open.
  int64_t InitProducer(const std::string& transactional_id);
  // Opens a transaction if none is open, and appends. The offsets stay the records' whatever becomes of the transaction.
  Outcome Append(int64_t producer, const std::vector<kafka::OutRecord>& records,
                 std::vector<kafka::Written>* written);
  Outcome CheckMember(const kafka::GroupOffset& offset);
  Outcome End(int64_t producer, bool commit);

  // -- reading, committed only --
  // The next entry at or after `offset`; nothing at the end of what is stable. `gone`: the offset is before what is kept.
  const Entry* Read(const std::string& topic, int partition, int64_t* offset, bool* gone) const;
  int64_t Low(const std::string& topic, int partition) const;
  // The last stable offset, sometimes as it was a moment ago.
  int64_t ToldEnd(const std::string& topic, int partition);
  int64_t StableEnd(const std::string& topic, int partition) const;
  // `wake` is called when something becomes readable.
  int64_t Watch(const std::string& topic, int partition, std::function<void()> wake);
  void Unwatch(int64_t watcher) { watchers_.erase(watcher); }

  // -- groups --
  int64_t Join(const std::string& group, int partitions, int process,
               std::function<void(const std::set<int>&, bool lost)> listener);
  void Leave(const std::string& group, int64_t member);
  // The process says nothing for now; its groups expel it after the session timeout.
  void Silence(int process);
  // It goes on. It may have been silent for longer than the session: then it has lost its place, and learns so at its next heartbeat.
  void Return(int process);
  // It is dead: nobody is told anything any more.
  void Bury(int process);
  struct Identity : public kafka::GroupIdentity {
    std::string group;
    int64_t member = 0;
    int generation = 0;
  };
  int KnownGeneration(const std::string& group, int64_t member) const;

  // -- what brokers do by themselves --
  void Compact(const std::string& topic, int partition);
  // Deletes from the front what is older, up to the partition's stable end.
  void Retain(const std::string& topic, int partition, absl::Time oldest);

  // Everything committed, in order: the truth that the oracle reads.
  std::vector<const Entry*> Committed(const std::string& topic, int partition) const;
  // The same with what compaction has removed.
  std::vector<const Entry*> History(const std::string& topic, int partition) const;
  std::vector<std::string> Topics() const;
  absl::Time Now() const;

 private:
  struct Transaction {
    std::string id;
    int64_t first_offset = -1;
    bool open = true;
    bool committed = false;
    std::set<std::pair<std::string, int>> partitions;
  };
  struct Partition {
    int64_t low = 0;
    int64_t next = 0;
    std::vector<Entry> entries;   // kept
    std::vector<Entry> removed;   // by compaction or retention, for the oracle
    std::map<int64_t, int64_t> open;  // transaction -> its first offset here
    int64_t told_end = 0;
  };
  struct Member {
    int process = 0;
    std::function<void(const std::set<int>&, bool)> listener;
    int known_generation = 0;
    bool silent = false;
    bool expelled = false;  // it does not know yet
  };
  struct Group {
    int partitions = 0;
    int generation = 0;
    std::map<int64_t, std::set<int>> assignment;  // of this generation, by member
    std::map<int64_t, Member> members;
  };
  Partition& At(const std::string& topic, int partition);
  const Partition& At(const std::string& topic, int partition) const;
  void Rebalance(const std::string& name);
  void Teach(const std::string& name, int64_t member, absl::Duration at);
  void Notify(const std::string& topic, int partition);
  bool IsCommitted(const Entry& entry) const;

  Fibers& fibers_;
  Random& random_;
  std::map<std::string, std::vector<Partition>> topics_;
  std::map<std::string, bool> compacted_;
  std::map<std::string, int64_t> epochs_;     // transactional id -> its newest producer
  std::map<int64_t, std::string> producers_;
  std::map<int64_t, int64_t> open_of_;        // producer -> open transaction
  std::map<int64_t, Transaction> transactions_;
  std::map<std::string, Group> groups_;
  struct Watcher {
    std::string topic;
    int partition;
    std::function<void()> wake;
  };
  std::map<int64_t, Watcher> watchers_;
  int64_t next_number_ = 1;
};

}  // namespace carillon::simulation
