// A real redis-server of a test's own: loopback, free port, temporary folder, noeviction.
#pragma once

#include <string>
#include <vector>

#include "common/redis/connection.h"
#include "tests/support/servers/process.h"

namespace carillon::test {

class RedisServer {
 public:
  RedisServer();

  const std::string& endpoint() const { return endpoint_; }
  // Ends it without a chance to save, and starts an empty one on the same port.
  void KillAndRestart();
  void Kill();
  void Start();
  void Pause() { process_.Signal(19); }
  void Resume() { process_.Signal(18); }
  redis::Reply Command(const redis::Args& args);

 private:
  TempFolder folder_;
  int port_;
  std::string endpoint_;
  Process process_;
};

// $CARILLON_TEST_KAFKA, "" if tests/run did not start one.
std::string TestKafka();

}  // namespace carillon::test
