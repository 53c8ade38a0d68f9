// HTTP answers as a fuzzer writes them, and a client that gives them one after another (the last one again and again):
//
//   HTTP 200                      or   FAIL unavailable sent | unavailable | deadline sent | refused | bad_url
//   Date: Tue, 01 Sep 2026 ...
//                                      an empty line, then the body up to a line "--"
//   {"id":"1"}
//   --
//
// "NEST n" before the body puts n opening brackets before it and closes them behind it. Every request is checked: it goes to the
// account's server, and nothing of a server's answer has come into its address or headers unescaped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/testing/fake_clock.h"
#include "common/http/client.h"

namespace carillon::fuzz {

inline constexpr char kBaseUrl[] = "https://social.example";
inline constexpr char kToken[] = "token-9f86d081884c";

std::vector<http::HttpOutcome> ReadAnswers(std::string_view text);

class AnsweringClient : public http::HttpClient {
 public:
  // Each answer takes a second of `clock`.
  AnsweringClient(std::vector<http::HttpOutcome> answers, carillon::testing::FakeClock& clock)
      : answers_(std::move(answers)), clock_(clock) {}

  http::HttpOutcome Send(const http::HttpRequest& request) override;

  int effects = 0;     // requests that publish
  int requests = 0;
  int last_status = 0;  // 0: no response

 private:
  const std::vector<http::HttpOutcome> answers_;
  carillon::testing::FakeClock& clock_;
  size_t next_ = 0;
};

}  // namespace carillon::fuzz
