#include "core/interrupt.h"

#include <atomic>
#include <csignal>
#include <mutex>

#include "core/error.h"

namespace brenier {
namespace interrupt_detail {

struct State {
  std::mutex mutex;
  int guards = 0;
  struct sigaction before_int{};
  struct sigaction before_term{};
};

State& state() {
  static State instance;
  return instance;
}

std::atomic<int> received{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

extern "C" void brenier_interrupt_handler(int signal) { received.store(signal); }

void install(int signal, struct sigaction& before) {
  ::sigaction(signal, nullptr, &before);
  if (before.sa_handler == SIG_IGN) return;
  struct sigaction ours{};
  ours.sa_handler = brenier_interrupt_handler;
  ours.sa_flags = SA_RESTART | SA_RESETHAND;  // RESETHAND: the second signal has its default action
  ::sigemptyset(&ours.sa_mask);
  ::sigaction(signal, &ours, nullptr);
}

}  // namespace interrupt_detail

InterruptGuard::InterruptGuard() {
  auto& state = interrupt_detail::state();
  const std::lock_guard lock(state.mutex);
  if (state.guards++ > 0) return;
  interrupt_detail::received.store(0);
  interrupt_detail::install(SIGINT, state.before_int);
  interrupt_detail::install(SIGTERM, state.before_term);
}

InterruptGuard::~InterruptGuard() {
  auto& state = interrupt_detail::state();
  const std::lock_guard lock(state.mutex);
  if (--state.guards > 0) return;
  ::sigaction(SIGINT, &state.before_int, nullptr);
  ::sigaction(SIGTERM, &state.before_term, nullptr);
  interrupt_detail::received.store(0);
}

bool InterruptGuard::requested() const { return interrupt_detail::received.load() != 0; }

std::string InterruptGuard::signal_name() const {
  const int signal = interrupt_detail::received.load();
  return signal == 0 ? "" : signal == SIGINT ? "SIGINT" : "SIGTERM";
}

void InterruptGuard::stop(const std::string& what) const {
  const std::string name = signal_name();
  throw Error(ErrorKind::kInterrupted, what + " was stopped" + (name.empty() ? "" : " by " + name));
}

}  // namespace brenier
