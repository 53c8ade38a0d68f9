// What people do: they connect accounts, write posts, approve, edit, move and cancel them, and ask again with the same request id until
// they have an answer. What they were told is kept for the oracle.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "carillon/scheduler/v1/scheduler_api.pb.h"
#include "tests/simulation/town.h"

namespace carillon::simulation {

struct Acknowledged {
  Kind service = Kind::kScheduler;
  std::string request_key;   // as the log has it
  std::string aggregate_id;
  uint64_t version = 0;      // of the record that answered
};

struct WrittenPost {
  std::string id;
  absl::Time due;                    // the latest one that was acknowledged or asked for
  absl::Time earliest_due;           // of all that were asked for
  std::vector<std::string> texts;    // every text that was asked for
  std::vector<std::string> approved; // texts whose approval was asked for
  bool cancelled = false;            // a cancel was answered with state CANCELLED
  std::vector<std::string> accounts;
};

// Nothing of the organization may start to be sent from 5 s after `known_at` until `ended_at`.
struct Stop {
  absl::Time known_at;  // the kill switch was acknowledged
  absl::Time ended_at;  // its end was asked for
};

class Clients {
 public:
  static constexpr int kPosts = 50;
  static constexpr int kAccounts = 8;

  Clients(World& world, std::vector<std::string> accounts, Town& town, const Crowd& crowd);
  static std::vector<std::string> MakeAccounts();
  // Spawns the clients; Done() once every one of them has had his answers.
  void Begin();
  bool Done() const { return accounts_done_ && posts_done_ == kPosts && answering_ == 0; }

  const std::vector<Acknowledged>& acknowledged() const { return acknowledged_; }
  const std::vector<WrittenPost>& posts() const { return posts_; }
  // Replies that were ordered from the inbox, by their deliveries' ids.
  const std::map<std::string, std::string>& replies() const { return replies_; }
  const std::vector<std::string>& accounts() const { return accounts_; }
  const std::vector<Stop>& stops() const { return stops_; }
  // What was seen to be wrong at once.
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  ledger::Answer Ask(Kind kind, ledger::Input input);
  ledger::Answer AskOnce(Kind kind, const ledger::Input& input);
  void ConnectAccounts();
  void UseKillSwitch();
  // Answers some of what comes in.
  void WatchInbox();
  void Reply(const std::string& account_id, const std::string& item_id, int number);
  void Live(int number);
  void Change(WrittenPost& post, int number, int step);
  scheduler::v1::PostDraft DraftOf(int number);
  ledger::Answer Command(const std::string& id, const std::string& request_id,
                         std::shared_ptr<ledger::Proto> body, bool creates);

  World& world_;
  Town& town_;
  const Crowd& crowd_;
  Process self_;
  std::vector<std::string> accounts_;
  bool accounts_done_ = false;
  int answering_ = 0;
  std::vector<Stop> stops_;
  std::map<std::string, std::string> replies_;  // delivery id -> item id
  int posts_done_ = 0;
  std::vector<Acknowledged> acknowledged_;
  std::vector<WrittenPost> posts_;
  std::vector<std::string> complaints_;
};

}  // namespace carillon::simulation
