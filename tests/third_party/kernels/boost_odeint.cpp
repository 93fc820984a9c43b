// Boost.Odeint: two species, of which one eats the other, after one unit of time.
#include <array>
#include <boost/numeric/odeint/integrate/integrate_adaptive.hpp>
#include <boost/numeric/odeint/integrate/integrate_n_steps.hpp>
#include <boost/numeric/odeint/stepper/controlled_runge_kutta.hpp>
#include <boost/numeric/odeint/stepper/generation.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta4.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_dopri5.hpp>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

namespace odeint = boost::numeric::odeint;
using State = std::array<double, 2>;

// The rates are those of births, of meals, of what meals give, and of deaths.
struct LotkaVolterra {
    std::span<const double, 4> rate;

    void operator()(const State& population, State& change, double /*time*/) const {
        const auto [prey, predators] = population;
        change[0] = (rate[0] - rate[1] * predators) * prey;
        change[1] = (rate[2] * prey - rate[3]) * predators;
    }
};

// Twenty steps of the classical method.
void fixed_steps(std::span<const double, 4> rate, std::span<double, 2> end) {
    State state{2.0, 1.5};
    odeint::integrate_n_steps(odeint::runge_kutta4<State>(), LotkaVolterra{rate}, state, 0.0, 0.05, 20);
    end[0] = state[0];
    end[1] = state[1];
}
ZYMOGEN_KERNEL(fixed_steps, "rate(4) -> end(2)");

// As many steps as an error of 1e-13 needs.
void controlled_steps(std::span<const double, 4> rate, std::span<double, 2> end) {
    State state{2.0, 1.5};
    const auto stepper = odeint::make_controlled<odeint::runge_kutta_dopri5<State>>(1e-13, 1e-13);
    odeint::integrate_adaptive(stepper, LotkaVolterra{rate}, state, 0.0, 1.0, 0.01);
    end[0] = state[0];
    end[1] = state[1];
}
ZYMOGEN_KERNEL(controlled_steps, "rate(4) -> end(2)");

}  // namespace
