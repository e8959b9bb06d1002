SELECT 'été', naïve FROM café;
