import Errors
package import Layers
package import ModelRegistry
import TensorCore

/// Loads a module's parameters and buffers from a safetensors file.
package enum ParameterLoading {
  /// Sets every parameter and buffer of `module` from the tensor of its name in `file`.
  ///
  /// Throws ``ModelFileErrorCode/wrongTensor`` and changes nothing unless the file holds exactly the module's
  /// tensors. The error lists each name that is missing, unknown, or of another shape or element type. `skipped` are
  /// name prefixes that may differ, such as `fc.` for a head of other classes: those are left unchanged.
  package static func load(
    _ module: some Module, from file: SafetensorsFile, skipping skipped: [String] = []
  ) throws(ModelFileError) {
    func isSkipped(_ name: String) -> Bool { skipped.contains { name.hasPrefix($0) } }
    let wanted = module.namedState().filter { !isSkipped($0.name) }
    var complaints: [String] = []
    var found: [(own: any StateTensor, stored: StoredTensor)] = []
    for (name, own) in wanted {
      guard let tensor = file.tensor(named: name) else {
        complaints.append("'\(name)' is missing")
        continue
      }
      if tensor.shape != own.value.shape {
        complaints.append(
          "'\(name)' has the shape \(tensor.shape) and should have \(own.value.shape)")
      } else if tensor.elementType != own.value.elementType {
        complaints.append(
          "'\(name)' holds \(tensor.elementType.rawValue) and should hold "
            + own.value.elementType.rawValue)
      } else {
        found.append((own, tensor))
      }
    }
    let known = Set(wanted.map(\.name))
    complaints += file.tensorNames.filter { !known.contains($0) && !isSkipped($0) }.sorted().map {
      "'\($0)' is unknown"
    }
    guard complaints.isEmpty else {
      throw ModelFileError(
        .wrongTensor, complaints.joined(separator: "; "), place: file.path,
        remedy: "Use weights for this network.")
    }
    for (own, stored) in found { own.value = stored.tensor() }
  }
}
