// How a request is played that does something to a post that is out there, the same on every platform: with the faults of the step "act", and
// recorded as ground truth when it is accepted.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "services/sandbox/publishing.h"

namespace carillon::sandbox {

// Deleted, edited, liked, ...: what is asked for, and how it is decided. `decide` is called once, perhaps long after the request is gone.
struct Action {
  std::string username;
  std::string name;  // "delete", "edit", "like", "unlike", "repost", "unrepost", "hide", "unhide"
  std::string post;  // its id
  std::string detail;
  int request_number = 0;
  std::function<http::ServerResponse()> decide;
};

// `Base` words the platform's refusals; it is made of `server`.
template <typename Base, typename Server>
class ActAttempt : public Base {
 public:
  ActAttempt(Server* server, Action action) : Base(server), platform_(server), shared_(server->shared), action_(std::move(action)) {
    this->account = action_.username;
    this->key = action_.name + " " + action_.post;
    this->step = "act";
    this->request_number = action_.request_number;
    this->has_idempotency_keys = false;
  }

  Attempt::Outcome Accept(bool) override {
    http::ServerResponse answer = action_.decide();
    if (answer.status >= 300) return {Attempt::Kind::kRefused, {}, std::move(answer)};
    shared_->truth.Act({std::string(platform_->name()), action_.username, action_.name, action_.post, action_.detail,
                        shared_->clock->Now()});
    return {Attempt::Kind::kEdited, {}, std::move(answer)};
  }
  void Engage(const std::string&) override {}

 private:
  Server* const platform_;
  Shared* const shared_;
  const Action action_;
};

template <typename Base, typename Server>
http::ServerResponse Act(Server* server, Action action) {
  return Publish(server, server->shared, std::make_shared<ActAttempt<Base, Server>>(server, std::move(action)));
}

}  // namespace carillon::sandbox
