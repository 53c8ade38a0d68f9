#include "services/sandbox/x/attempt.h"

namespace carillon::sandbox::x {

void AddAct(Api* api, Route route, Result<Asked> (*read)(State& state, const Call& call)) {
  X* const server = api->server();
  api->AddRaw(std::move(route), [=](Call& call) {
    Result<Asked> asked = Asked();
    std::string username;
    {
      const auto state = server->state.Lock();
      asked = read(*state, call);
      username = state->FindUser(call.user)->username;
    }
    if (!asked.ok()) return ProblemAnswer(asked.status());
    return Act<XAttempt>(server, {username, asked->name, std::to_string(asked->post), "", call.request.request_number,
                                  [server, user = call.user, decide = asked->decide] {
                                    const auto state = server->state.Lock();
                                    const auto answer = decide(*state, state->FindUser(user));
                                    return answer.ok() ? Answer(*answer) : ProblemAnswer(answer.status());
                                  }});
  });
}

}  // namespace carillon::sandbox::x
