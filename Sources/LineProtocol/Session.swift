/// What one connection has told the server about itself.
package struct Session: Sendable {
  /// What all connections of a server have in common.
  package struct Server: Sendable {
    /// The version of Latent.
    package let version: String
    /// The commands there are.
    package let commands: CommandTable
    /// Whether clients have to say who they are.
    package let hasUsers: Bool
    /// The most memory of the commands between MULTI and EXEC.
    package let transactionBytes: Int

    package init(
      version: String, commands: CommandTable, hasUsers: Bool = false,
      transactionBytes: Int = RequestLimits().transactionBytes
    ) {
      self.version = version
      self.commands = commands
      self.hasUsers = hasUsers
      self.transactionBytes = transactionBytes
    }
  }

  /// The connection's number, which no other connection to this server has had.
  package let identifier: Int64
  /// Whether HELLO 3 was said.
  package private(set) var usesVersion3 = false { didSet { lookWhatMayBeAsked() } }
  /// Whether QUIT was said, or what else has nothing further answered.
  package private(set) var isOver = false
  /// What is queued for EXEC; nil unless MULTI was said.
  package private(set) var transaction: Transaction?
  /// The connection's name, as its client gave it; empty when it gave none.
  package private(set) var name = ""
  /// What its client is a program of, and in which version, as that says; empty where it does not.
  package private(set) var library = (name: "", version: "")
  /// Whether it is to stay whatever it makes the server hold.
  package private(set) var isExemptFromEviction = false
  /// What it has asked to be told of.
  package private(set) var subscriptions = Subscriptions() {
    didSet {
      subscriptionChanges &+= 1
      lookWhatMayBeAsked()
    }
  }
  /// How often ``subscriptions`` were changed.
  package private(set) var subscriptionChanges = 0
  /// Who it speaks for; nil before AUTH, and where there are no users.
  package private(set) var login: Login?
  /// Whether it may ask anything: its client said who it is, or nobody has to.
  package private(set) var isAdmitted: Bool { didSet { lookWhatMayBeAsked() } }
  /// Whether it may ask models now: it is admitted, and not ``isRestricted``.
  package private(set) var mayAskModels: Bool
  /// Which state of the users ``login`` was last compared with; the first is 1.
  package private(set) var usersGeneration = 0
  let server: Server

  package init(identifier: Int64, server: Server) {
    self.identifier = identifier
    self.server = server
    isAdmitted = !server.hasUsers
    mayAskModels = isAdmitted
  }

  /// How a request of the given form is answered.
  package func replyForm(for form: Request.Form) -> ReplyForm {
    switch form {
    case .line: .json
    case .array: usesVersion3 ? .resp3 : .resp2
    }
  }

  /// The command of `request`, by its position in the table, and its arguments, read and checked;
  /// while a transaction is open, a command that can't be carried out makes EXEC refuse them all.
  package mutating func check(
    _ request: Request
  ) throws(ErrorReply) -> (command: Int, arguments: CommandArguments) {
    do throws(ErrorReply) {
      let position = try position(of: request[0])
      let command = server.commands.all[position]
      guard !isRestricted || command.isAllowedWhileSubscribed else {
        throw .subscribed(command.name)
      }
      let arguments = try CommandArguments(of: request, for: command)
      if let subcommand = arguments.subcommand, let role = subcommand.role {
        try require(role, for: "\(command.name)|\(subcommand.name)")
      }
      return (position, arguments)
    } catch {
      abortTransaction()
      throw error
    }
  }

  /// Has arrays answered in version 3 of RESP, or in version 2.
  mutating func useVersion3(_ usesVersion3: Bool) { self.usesVersion3 = usesVersion3 }

  /// Gives the connection a name.
  package mutating func rename(_ name: String) { self.name = name }

  /// Notes what the connection's client is a program of; what is nil stays as it was.
  package mutating func note(libraryName: String? = nil, libraryVersion: String? = nil) {
    library = (libraryName ?? library.name, libraryVersion ?? library.version)
  }

  /// Has the connection stay whatever it makes the server hold, or not.
  package mutating func exemptFromEviction(_ isExempt: Bool) { isExemptFromEviction = isExempt }

  /// Nothing further is answered.
  package mutating func end() { isOver = true }
}

// MARK: - Subscriptions

extension Session {
  /// Whether it may say no more than what has to do with its subscriptions: in version 2 of RESP, and in lines, a reply could not
  /// be told from a message.
  package var isRestricted: Bool { !usesVersion3 && subscriptions.count > 0 }

  /// Changes what it is told of.
  package mutating func changeSubscriptions(_ change: (inout Subscriptions) -> Void) {
    change(&subscriptions)
  }

  private mutating func lookWhatMayBeAsked() { mayAskModels = isAdmitted && !isRestricted }
}

extension ErrorReply {
  /// `command`, which can't wait for EXEC, behind MULTI.
  package static func notInTransaction(_ command: CommandDescription) -> ErrorReply {
    ErrorReply(
      .misplacedCommand, "\(command.name) is not allowed in transactions",
      remedy: "Say it before MULTI, or after EXEC.")
  }

  /// A command of a connection that waits for messages. Redis's own text.
  fileprivate static func subscribed(_ command: String) -> ErrorReply {
    ErrorReply(
      .misplacedCommand,
      "Can't execute '\(command.lowercased())': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / "
        + "RESET are allowed in this context",
      remedy: "Say UNSUBSCRIBE first, HELLO 3 before SUBSCRIBE, or ask on another connection.")
  }
}

// MARK: - Who asks

extension Session {
  /// The position of the command called `name`, which this client may say.
  private func position(of name: ArraySlice<UInt8>) throws(ErrorReply) -> Int {
    guard isAdmitted else {
      // Before AUTH nobody is told which commands there are.
      guard let found = server.commands.find(name), server.commands.all[found].role == nil else {
        throw .notAuthenticated
      }
      return found
    }
    let found = try server.commands.position(of: name)
    if let role = server.commands.all[found].role {
      try require(role, for: server.commands.all[found].name)
    }
    return found
  }

  /// Throws unless the client has `role`, which `command` needs. Where there are no users, everybody has all.
  package func require(_ role: Role, for command: String) throws(ErrorReply) {
    guard let login, login.role < role else { return }
    throw .notPermitted(login.user, command.lowercased(), needing: role)
  }

  /// The client said who it is, or is nobody any more, as the users are in their state `generation`. Commands that wait for EXEC do
  /// so for whoever says that.
  package mutating func admit(_ login: Login?, generation: Int) {
    self.login = login
    isAdmitted = login != nil || !server.hasUsers
    usersGeneration = generation
  }

  /// Forgets all that the client has said.
  mutating func reset() {
    let changes = subscriptionChanges
    self = Session(identifier: identifier, server: server)
    subscriptionChanges = changes &+ 1
  }
}

// MARK: - The transaction

extension Session {
  /// Has the commands that follow wait for EXEC.
  mutating func beginTransaction() throws(ErrorReply) {
    guard transaction == nil else {
      throw ErrorReply(
        .misplacedCommand, "MULTI calls can not be nested", remedy: "Say EXEC or DISCARD first.")
    }
    transaction = Transaction(byteLimit: server.transactionBytes)
  }

  /// Queues `request` for EXEC and returns the reply that says so. Traps unless a transaction is open.
  package mutating func queue(_ request: Request) throws(ErrorReply) -> Reply {
    guard transaction != nil else { preconditionFailure("no transaction is open") }
    do throws(ErrorReply) {
      if transaction?.isAborted == false { try transaction?.append(request) }
      return .status("QUEUED")
    } catch {
      abortTransaction()
      throw error
    }
  }

  /// Forgets what is queued.
  mutating func discardTransaction() throws(ErrorReply) {
    _ = try endTransaction(by: "DISCARD")
  }

  /// What EXEC is to answer; the transaction is over. Throws when there is none, or one of its
  /// commands was refused.
  package mutating func takeTransaction() throws(ErrorReply) -> Transaction {
    let transaction = try endTransaction(by: "EXEC")
    guard !transaction.isAborted else {
      throw ErrorReply(
        .execAborted, "transaction discarded because of an error in one of its commands",
        remedy: "The reply to that command says what is wrong with it.")
    }
    return transaction
  }

  /// Has EXEC answer none of what was queued, if anything was: a request could not be read.
  package mutating func abortTransaction() { transaction?.abort() }

  private mutating func endTransaction(by command: String) throws(ErrorReply) -> Transaction {
    guard let ended = transaction else {
      throw ErrorReply(
        .misplacedCommand, "\(command) without MULTI", remedy: "Say MULTI first.")
    }
    transaction = nil
    return ended
  }
}
