#include "tests/fuzz/answers.h"

#include <algorithm>
#include <charconv>

#include "tests/fuzz/support.h"

namespace carillon::fuzz {
namespace {

constexpr size_t kAnswersMax = 12;
constexpr int kNestMax = 100'000;

int NumberOf(std::string_view text, int otherwise) {
  int number = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

http::HttpOutcome Failure(std::string_view what) {
  http::HttpOutcome out;
  out.maybe_executed = what.ends_with(" sent");
  if (what.starts_with("deadline")) {
    out.error = MakeStatus(Code::kDeadlineExceeded, "no answer in time");
  } else if (what.starts_with("refused")) {
    out.maybe_executed = false;
    out.error = Refuse(Code::kUnavailable, "UNKNOWN_HOST", "no such host");
  } else if (what.starts_with("bad_url")) {
    out.maybe_executed = false;
    out.error = Refuse(Code::kInvalidArgument, "BAD_URL", "not a URL");
  } else {
    out.error = MakeStatus(Code::kUnavailable, "the connection died");
  }
  return out;
}

bool Printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

}  // namespace

std::vector<http::HttpOutcome> ReadAnswers(std::string_view text) {
  std::vector<http::HttpOutcome> out;
  std::vector<size_t> nested;  // brackets to close, of each
  bool in_body = true;
  for (const std::string& line : Split(text, '\n')) {
    if (line.starts_with("HTTP ") && out.size() < kAnswersMax) {
      out.emplace_back();
      out.back().maybe_executed = true;
      out.back().response = http::HttpResponse{std::clamp(NumberOf(std::string_view(line).substr(5), 200), 100, 599), {}, ""};
      in_body = false;
    } else if (line.starts_with("FAIL ") && out.size() < kAnswersMax) {
      out.push_back(Failure(std::string_view(line).substr(5)));
    } else if (out.empty() || !out.back().response) {
      continue;
    } else if (line == "--") {
      in_body = true;
      out.emplace_back();
    } else if (in_body) {
      if (!out.back().response->body.empty()) out.back().response->body += '\n';
      out.back().response->body += line;
    } else if (line.empty()) {
      in_body = true;
    } else if (line.starts_with("NEST ")) {
      nested.resize(out.size());
      nested.back() = static_cast<size_t>(std::clamp(NumberOf(std::string_view(line).substr(5), 0), 0, kNestMax));
      out.back().response->body.append(nested.back(), '[');
      in_body = true;
    } else if (const size_t colon = line.find(':'); colon != std::string::npos) {
      // As libcurl hands them over: without the space around a value.
      std::string value = line.substr(colon + 1);
      value.erase(0, value.find_first_not_of(" \t"));
      out.back().response->headers[line.substr(0, colon)] = value;
    }
  }
  for (size_t i = 0; i < nested.size(); ++i) {
    if (out[i].response) out[i].response->body.append(nested[i], ']');
  }
  std::erase_if(out, [](const http::HttpOutcome& answer) { return !answer.ok() && answer.error.ok(); });
  return out;
}

http::HttpOutcome AnsweringClient::Send(const http::HttpRequest& request) {
  ++requests;
  CARILLON_CHECK(request.url.starts_with(std::string(kBaseUrl) + "/api/"), "a request leaves the server: {}", request.url);
  CARILLON_CHECK(Printable(request.url) && request.url.find("/../") == std::string::npos,
                 "an answer came into an address unescaped: {}", request.url);
  for (const auto& [name, value] : request.headers) {
    CARILLON_CHECK(value.find_first_of("\r\n") == std::string::npos, "the header {} has a line end", name);
  }
  if (request.before_first_byte && !request.before_first_byte()) {
    http::HttpOutcome out;
    out.error = Refuse(Code::kAborted, "SEND_REFUSED", "not sent");
    return out;
  }
  if (request.has_effect) ++effects;
  clock_.Advance(absl::Seconds(1));
  last_status = 0;
  if (answers_.empty()) return Failure("unavailable");
  const http::HttpOutcome& answer = answers_[std::min(next_++, answers_.size() - 1)];
  if (answer.response) last_status = answer.response->status;
  return answer;
}

}  // namespace carillon::fuzz
