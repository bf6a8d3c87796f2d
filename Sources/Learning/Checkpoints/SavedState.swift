import Errors
package import TensorCore

/// Something whose state is part of a checkpoint (PyTorch's `state_dict` and `load_state_dict`).
package protocol Stateful: AnyObject {
  /// All that what is to come depends on.
  func state() -> SavedState
  /// Continues from a state of its own kind. Throws `badState` when it is another's.
  func restore(_ state: SavedState) throws(TrainingError)
}

/// Something that is trained: its state includes weights, which can also be had alone.
package protocol Trainable: Stateful {
  /// What predictions depend on: weights and buffers, as they stand.
  func weights() throws(TrainingError) -> SavedState
  /// Replaces the weights. Throws `badState` when they are another model's.
  func restoreWeights(_ weights: SavedState) throws(TrainingError)
}

/// What is kept of a training or of a part of it, to resume it later: tensors and texts by name.
///
///     var state = SavedState()
///     state.add("factors", factors)
///     state.texts["sweeps"] = "3"
package struct SavedState: Sendable {
  /// A tensor with what is known of it before its numbers are asked for.
  package struct Entry: Sendable {
    package let name: String
    package let elementType: ElementType
    package let shape: Shape
    /// Makes or reads the tensor. Of a state that is not ``held()``, only until the next step.
    package let tensor: @Sendable () throws(TrainingError) -> Tensor

    package init(
      name: String, elementType: ElementType, shape: Shape,
      tensor: @escaping @Sendable () throws(TrainingError) -> Tensor
    ) {
      self.name = name
      self.elementType = elementType
      self.shape = shape
      self.tensor = tensor
    }

    /// The same under another name.
    func named(_ name: String) -> Entry {
      Entry(name: name, elementType: elementType, shape: shape, tensor: tensor)
    }
  }

  /// In the order in which they were added.
  package private(set) var entries: [Entry] = []
  package var texts: [String: String] = [:]
  private var positions: [String: Int] = [:]

  package init() {}

  /// Whether there is nothing in it.
  package var isEmpty: Bool { entries.isEmpty && texts.isEmpty }

  /// Adds a tensor that is made when it is asked for. Traps when there is one of that name.
  package mutating func add(_ entry: Entry) {
    precondition(positions[entry.name] == nil, "two tensors \(entry.name)")
    positions[entry.name] = entries.count
    entries.append(entry)
  }

  /// Adds a tensor. Traps when there is one of that name.
  package mutating func add(_ name: String, _ tensor: Tensor) {
    add(
      Entry(name: name, elementType: tensor.elementType, shape: tensor.shape) { () in tensor })
  }

  /// Adds all that is in `part`, each name behind `prefix` and a dot.
  package mutating func add(_ part: SavedState, under prefix: String) {
    for entry in part.entries { add(entry.named("\(prefix).\(entry.name)")) }
    for (name, text) in part.texts { texts["\(prefix).\(name)"] = text }
  }

  /// What ``add(_:under:)`` added under `prefix`.
  package func part(_ prefix: String) -> SavedState {
    let start = prefix + "."
    var part = SavedState()
    for entry in entries where entry.name.hasPrefix(start) {
      part.add(entry.named(String(entry.name.dropFirst(start.count))))
    }
    for (name, text) in texts where name.hasPrefix(start) {
      part.texts[String(name.dropFirst(start.count))] = text
    }
    return part
  }

  /// The same with every tensor made: it stays as it is whatever the training does next.
  package func held() throws(TrainingError) -> SavedState {
    var held = SavedState()
    held.texts = texts
    for entry in entries { held.add(entry.name, try entry.tensor()) }
    return held
  }
}

extension SavedState {
  /// The tensor of that name. Throws `badState` unless it is there, of this type and shape.
  package func tensor(
    _ name: String, _ shape: Shape, _ elementType: ElementType = .float32
  ) throws(TrainingError) -> Tensor {
    guard let position = positions[name] else { throw .badState("there is no tensor \(name)") }
    let entry = entries[position]
    guard entry.shape == shape, entry.elementType == elementType else {
      throw .badState(
        "the tensor \(name) is \(entry.elementType.rawValue) of \(entry.shape), and should be "
          + "\(elementType.rawValue) of \(shape)")
    }
    return try entry.tensor()
  }

  /// The value whose description is the text of that name. Throws `badState` unless there is one.
  package func value<Value: LosslessStringConvertible>(
    _ name: String, of type: Value.Type = Value.self
  ) throws(TrainingError) -> Value {
    guard let text = texts[name], let value = Value(text) else {
      throw .badState("\(name) is \(texts[name].map { "'\($0)'" } ?? "not there")")
    }
    return value
  }
}

extension ExplainedError<TrainingErrorCode> {
  /// A saved state that is not of this training.
  package static func badState(_ problem: String) -> TrainingError {
    TrainingError(
      .badState, problem, place: "saved state of a training",
      remedy: "It is another training's, or damaged.")
  }
}
