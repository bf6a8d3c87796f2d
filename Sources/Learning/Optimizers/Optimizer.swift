package import Layers
package import TensorCore

/// Updates parameters by their gradients and keeps the state needed between steps.
package protocol Optimizer: AnyObject {
  /// The parameters, by group.
  var groups: [ParameterGroup] { get }
  /// The highest sensible rate. Beyond it, weight decay alone would erase nearly all that a parameter has learned in
  /// one step.
  var rateLimit: Double { get }
  /// The state of each parameter updated so far.
  var states: ParameterStates { get set }
  /// The number of moving averages kept per parameter.
  var averageCount: Int { get }

  /// Updates one parameter by a gradient of the same shape. `state` is the parameter's; its `step` is the current one,
  /// counted from 1.
  func update(
    _ value: inout Tensor, by gradient: Tensor, _ state: inout ParameterState, _ step: ParameterStep
  )
}

/// The inputs to a parameter's step besides its gradient.
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

/// The optimiser's state of one parameter between steps.
package struct ParameterState: Sendable {
  /// The number of times the parameter was updated.
  package var step: Int
  /// The moving averages, each of the parameter's shape. Their meaning depends on the optimiser.
  package var averages: [Tensor]
  /// A buffer of zeros that holds the rows of a sparse gradient during a step.
  fileprivate var rowSums: Tensor?

  package init(step: Int, averages: [Tensor]) {
    self.step = step
    self.averages = averages
  }
}

/// An optimiser's states by parameter. Only ``Optimizer`` itself reads and changes them.
package typealias ParameterStates = [ObjectIdentifier: ParameterState]

extension Optimizer {
  /// Updates every parameter that has a gradient, group by group at `rates`, and clears its gradient. Frozen parameters
  /// are not updated. Traps unless there is one rate per group. Complexity: O(numbers).
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

  /// Discards all moving averages and step counts.
  package func clearState() { states = [:] }

  /// Returns the state of `parameter`, or nil if it was never updated.
  package func state(of parameter: Parameter) -> ParameterState? {
    states[ObjectIdentifier(parameter)]
  }

  /// Sets the state of `parameter`, or resets it if `state` is nil. Traps unless it holds ``averageCount`` tensors of
  /// the parameter's shape.
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
    // Removed from the dictionary, so that its tensors have one owner and change in place.
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

/// Pointers to the elements of a parameter, its gradient and its moving averages, for a loop over all of them.
///
/// `@unchecked Sendable`: it is shared between threads only within ``ComputeContext/forEachPart(of:grain:_:)``. Each
/// thread there has its own positions, while the caller keeps the tensors alive. The last vector of eight may extend
/// past the elements, but not past their memory, whose size is a multiple of 64 bytes (``TensorMemory``).
struct ElementPointers: @unchecked Sendable {
  let value: UnsafeMutablePointer<Float>
  let gradient: UnsafePointer<Float>
  /// The elements of each moving average.
  let averages: [UnsafeMutablePointer<Float>]
}

extension ElementPointers {
  /// Calls `body` with the elements of tensors of the same shape.
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

/// The minimum number of elements that justifies a thread, a multiple of the vector width.
let elementsPerThread = 1 << 16

/// Loads the eight elements starting at `position` as a vector.
@inline(__always)
func vector(_ pointer: UnsafePointer<Float>, _ position: Int) -> SIMD8<Float> {
  UnsafeRawPointer(pointer + position).loadUnaligned(as: SIMD8<Float>.self)
}

/// Stores the eight elements starting at `position`.
@inline(__always)
func setVector(_ pointer: UnsafeMutablePointer<Float>, _ position: Int, _ vector: SIMD8<Float>) {
  UnsafeMutableRawPointer(pointer + position).storeBytes(of: vector, as: SIMD8<Float>.self)
}
