namespace Tour;

/// <summary>Whoever waits for all readers must not be one.</summary>
class WaitForItself
{
    private volatile object? _settings;
    private object? _old;

    void Wrong(object settings)
    {
        Readers.Enter();
        if (_settings != settings)
            Replace(settings); // LCX1005: while Readers (taken at line 11) is held: Replace -> Synchronize
        Readers.Exit();
    }

    void Right(object settings)
    {
        Readers.Enter();
        bool changed = _settings != settings;
        Readers.Exit();

        if (changed)
            Replace(settings);
    }

    private void Replace(object settings)
    {
        _old = _settings;
        _settings = settings;
        Readers.Synchronize();
        _old = null;
    }
}
