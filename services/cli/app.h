// The command line: `carillon NOUN VERB ...`. Run() parses, does one thing, and returns the exit code (outcome.h). Never throws.
#pragma once

#include <functional>
#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "common/base/status.h"

namespace CLI {
class App;
}

namespace carillon::cli {

class Session;

int Run(std::vector<std::string> arguments, std::istream& in, std::ostream& out, std::ostream& err);

// What a noun's file adds. `action` is set by the verb that was typed, and run once after parsing.
struct Verbs {
  CLI::App& app;
  Session& session;
  std::function<Status()>& action;

  CLI::App* Noun(const std::string& name, const std::string& help) const;
  // `example` is shown below the verb's help, without "carillon ".
  CLI::App* Verb(CLI::App* noun, const std::string& name, const std::string& help,
                 const std::string& example) const;
  // When `verb` was typed, `run` is what is to be done.
  void Does(CLI::App* verb, std::function<Status()> run) const;
};

void AddOrg(const Verbs& verbs);
void AddBrand(const Verbs& verbs);
void AddAudience(const Verbs& verbs);
void AddAccount(const Verbs& verbs);
void AddAuthorize(CLI::App* account, const Verbs& verbs);  // connecting an account by OAuth
void AddAccountState(CLI::App* account, const Verbs& verbs);  // health and forecast
void AddAppNoun(const Verbs& verbs);
void AddCampaign(const Verbs& verbs);
void AddGoal(const Verbs& verbs);
void AddPost(const Verbs& verbs);
void AddPostState(CLI::App* post, const Verbs& verbs);  // the verbs on a post that is there already
void AddImport(const Verbs& verbs);
void AddKillSwitch(const Verbs& verbs);
void AddCalendar(const Verbs& verbs);
void AddInbox(const Verbs& verbs);
void AddCollection(const Verbs& verbs);
void AddListen(const Verbs& verbs);
void AddPlatform(const Verbs& verbs);
void AddProfile(const Verbs& verbs);
void AddReport(const Verbs& verbs);
void AddDeadLetter(const Verbs& verbs);
void AddStatus(const Verbs& verbs);
void AddVault(const Verbs& verbs);

}  // namespace carillon::cli
