// Which accounts may have a delivery SENDING: a bounded number, of which each server has its share (server_queue.h). Who finds no slot waits in
// its server's line and is told when its turn has come, so that nobody needs to ask again and again. By account, because each sends one after
// another: its second would only stand in the way of others. Thread-safe, never blocks.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace carillon::publisher {

class SlotLines {
 public:
  // A slot is kept so long for whom it was promised to.
  static constexpr absl::Duration kKept = absl::Seconds(2);

  // `waiting_max`: in all lines; whoever finds them full has to ask again by itself.
  SlotLines(int slots, size_t waiting_max) : slots_(slots), waiting_max_(waiting_max) {}

  // `now` is boot time. True if a slot is kept for the account; else it waits in the server's line, at its old place if it did before.
  bool Keep(const std::string& account, const std::string& server, absl::Duration now);
  // A job of the account came: it has a slot from now on, whether one was kept or not.
  void Begin(const std::string& account, const std::string& server);
  // A job at that server ended. Whose turn it is now: a slot is kept for each of them. Lines that nobody keeps moving, because nothing of their
  // server is under way, move when somebody asks.
  std::vector<std::string> End(const std::string& server, absl::Duration now);
  // How many have begun and not ended.
  int busy() const;

 private:
  struct Line {
    int busy = 0;
    int kept = 0;
    std::deque<std::pair<uint64_t, std::string>> waiting;  // with those that have left it
  };
  struct Kept {
    absl::Duration until;
    std::string server;
  };
  struct Place {
    uint64_t number;
    std::string server;
  };
  using Lines = std::map<std::string, Line>;

  bool MayHaveOne(const Line& line) const;
  void KeepOne(const std::string& account, const std::string& server, absl::Duration now);
  void Release(const std::string& account);
  void Expire(absl::Duration now);
  void SkipThoseWhoLeft(Line& line) const;
  void Forget(const std::string& server);

  const int slots_;
  const size_t waiting_max_;
  mutable std::mutex mutex_;
  int busy_ = 0;
  Lines lines_;
  std::unordered_map<std::string, Kept> kept_;                   // by account
  std::deque<std::pair<absl::Duration, std::string>> expiring_;  // as they were kept, with those that are not any more
  std::unordered_map<std::string, Place> places_;                // who waits
  uint64_t last_place_ = 0;
  std::string last_server_;  // that a turn was given to
};

}  // namespace carillon::publisher
