package import Layers
package import TensorCore

/// Moves parameters by their gradients, and keeps what that takes from step to step.
package protocol Optimizer: AnyObject {
  /// The parameters, by group.
  var groups: [ParameterGroup] { get }
  /// The highest rate that makes sense: beyond it, weight decay alone would take nearly all that a
  /// parameter has learned in one step.
  var rateLimit: Double { get }
  /// The state of each parameter that was ever moved.
  var states: ParameterStates { get set }
  /// How many running means are kept of a parameter.
  var averageCount: Int { get }

  /// Moves one parameter by a gradient of its own shape. `state` is the parameter's: its step is
  /// this one's, counted from 1.
  func update(
    _ value: inout Tensor, by gradient: Tensor, _ state: inout ParameterState, _ step: ParameterStep
  )
}

/// What a step of one parameter depends on besides its gradient.
package struct ParameterStep {
  package let rate: Double
  package let momentum: Double
  /// Whether weight decay applies.
  package let isDecayed: Bool

  package init(rate: Double, momentum: Double, isDecayed: Bool) {
    self.rate = rate
    self.momentum = momentum
    self.isDecayed = isDecayed
  }
}

/// What an optimiser keeps of a parameter from step to step.
package struct ParameterState: Sendable {
  /// The steps in which the parameter was moved.
  package var step: Int
  /// Running means, each of the parameter's shape; which ones is the optimiser's to say.
  package var averages: [Tensor]
  /// A table of zeros, into which the rows of a sparse gradient are written for one step.
  fileprivate var rowSums: Tensor?

  package init(step: Int, averages: [Tensor]) {
    self.step = step
    self.averages = averages
  }
}

/// The states of an optimiser's parameters, by parameter, which only ``Optimizer`` itself reads and changes.
package typealias ParameterStates = [ObjectIdentifier: ParameterState]

extension Optimizer {
  /// Moves every parameter that has a gradient, group by group at `rates`, and takes its gradient
  /// away. Frozen parameters stay. Traps unless there is a rate for each group. Complexity:
  /// O(numbers).
  package func step(rates: [Double], momentum: Double) {
    precondition(rates.count == groups.count, "\(rates.count) rates, \(groups.count) groups")
    for (group, rate) in zip(groups, rates) {
      for parameter in group.parameters {
        guard let gradient = parameter.gradient else { continue }
        parameter.gradient = nil
        guard !parameter.isFrozen else { continue }
        move(
          parameter, by: gradient,
          ParameterStep(rate: rate, momentum: momentum, isDecayed: parameter.isDecayed))
      }
    }
  }

  /// Forgets all running means and step counts.
  package func clearState() { states = [:] }

  /// What is kept of `parameter`; nil when it was never moved.
  package func state(of parameter: Parameter) -> ParameterState? {
    states[ObjectIdentifier(parameter)]
  }

  /// Takes `state` for what is kept of `parameter`; nil as if it had never been moved. Traps unless it
  /// holds ``averageCount`` tensors of the parameter's shape.
  package func setState(_ state: ParameterState?, of parameter: Parameter) {
    if let state {
      precondition(state.averages.count == averageCount, "\(state.averages.count) running means")
      precondition(state.averages.allSatisfy { $0.shape == parameter.value.shape })
    }
    states[ObjectIdentifier(parameter)] = state
  }

  private func move(_ parameter: Parameter, by gradient: Gradient, _ step: ParameterStep) {
    let key = ObjectIdentifier(parameter)
    let shape = parameter.value.shape
    // Taken out, so that its tensors have one owner and change in place.
    var state =
      states.removeValue(forKey: key)
      ?? ParameterState(step: 0, averages: (0..<averageCount).map { _ in .zeros(shape) })
    state.step += 1
    switch gradient {
    case .dense(let tensor):
      update(&parameter.value, by: tensor, &state, step)
    case .rows(let rows):
      var sums = state.rowSums.take() ?? .zeros(shape)
      rows.add(to: &sums)
      update(&parameter.value, by: sums, &state, step)
      rows.clear(in: &sums)
      state.rowSums = sums
    }
    states[key] = state
  }
}

/// Where the elements of a parameter, its gradient and its running means begin, for a loop over all
/// of them.
///
/// `@unchecked Sendable`: several threads use it at a time only within
/// ``ComputeContext/forEachPart(of:grain:_:)``, each for positions of its own, while the caller keeps the
/// tensors. The last vector of eight may reach beyond the elements, not beyond their memory, which is a
/// multiple of 64 bytes long (``TensorMemory``).
struct ElementPointers: @unchecked Sendable {
  let value: UnsafeMutablePointer<Float>
  let gradient: UnsafePointer<Float>
  /// The elements of each running mean.
  let averages: [UnsafeMutablePointer<Float>]
}

extension ElementPointers {
  /// Calls `body` with the elements of tensors of one shape.
  static func with(
    _ value: inout Tensor, _ gradient: Tensor, _ averages: inout [Tensor],
    _ body: (ElementPointers) -> Void
  ) {
    precondition(gradient.shape == value.shape, "\(gradient.shape) for \(value.shape)")
    guard value.elementCount > 0 else { return }
    value.withMutableElements { value in
      gradient.withElements { gradient in
        withStarts(of: &averages) { averages in
          body(
            ElementPointers(
              value: value.baseAddress.unsafelyUnwrapped,
              gradient: gradient.baseAddress.unsafelyUnwrapped, averages: averages))
        }
      }
    }
  }

  private static func withStarts(
    of tensors: inout [Tensor], _ body: ([UnsafeMutablePointer<Float>]) -> Void
  ) {
    guard var last = tensors.popLast() else { return body([]) }
    withStarts(of: &tensors) { starts in
      last.withMutableElements { body(starts + [$0.baseAddress.unsafelyUnwrapped]) }
    }
    tensors.append(last)
  }
}

/// The fewest elements that are worth a thread, a whole number of vectors.
let elementsPerThread = 1 << 16

/// The eight elements from `position` on, as one vector.
@inline(__always)
func vector(_ pointer: UnsafePointer<Float>, _ position: Int) -> SIMD8<Float> {
  UnsafeRawPointer(pointer + position).loadUnaligned(as: SIMD8<Float>.self)
}

/// Replaces the eight elements from `position` on.
@inline(__always)
func setVector(_ pointer: UnsafeMutablePointer<Float>, _ position: Int, _ vector: SIMD8<Float>) {
  UnsafeMutableRawPointer(pointer + position).storeBytes(of: vector, as: SIMD8<Float>.self)
}
