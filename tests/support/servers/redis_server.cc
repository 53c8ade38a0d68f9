#include "tests/support/servers/redis_server.h"

#include <signal.h>

#include <cstdlib>

#include "common/base/check.h"
#include "tests/support/servers/wait.h"

namespace carillon::test {

RedisServer::RedisServer()
    : port_(FreePort()), endpoint_("127.0.0.1:" + std::to_string(port_)) {
  Start();
}

void RedisServer::Start() {
  const char* program = std::getenv("CARILLON_TEST_REDIS_SERVER");
  process_ = Process({program ? program : "redis-server", "--port", std::to_string(port_),
                           "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir",
                           folder_.path(), "--maxmemory-policy", "noeviction"},
                          folder_.path() + "/log");
  CARILLON_CHECK(WaitFor([&] {
                   return redis::DialTcp(endpoint_, absl::Seconds(1))->Command({"PING"}).ok();
                 }),
                 "redis-server on port {} did not start", port_);
}

void RedisServer::Kill() { process_.Stop(SIGKILL); }

void RedisServer::KillAndRestart() {
  Kill();
  Start();
}

redis::Reply RedisServer::Command(const redis::Args& args) {
  auto reply = redis::DialTcp(endpoint_, absl::Seconds(5))->Command(args);
  CARILLON_CHECK(reply.ok(), "{}", ToString(reply.status()));
  return *reply;
}

std::string TestKafka() {
  const char* kafka = std::getenv("CARILLON_TEST_KAFKA");
  return kafka ? kafka : "";
}

}  // namespace carillon::test
